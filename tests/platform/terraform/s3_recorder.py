"""A proxy before the S3 server that writes down what each request is to IAM: (action, object key, listed prefix)."""

import fnmatch
import http.client
import http.server
import re
import threading
import urllib.parse

HOP_HEADERS = {"connection", "transfer-encoding", "keep-alive", "expect"}


def iam_requests(method, target, body):
    """What IAM has to allow for one request: a set of (action, key, prefix)."""
    url = urllib.parse.urlsplit(target)
    query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
    _, _, key = urllib.parse.unquote(url.path).lstrip("/").partition("/")
    if key:
        if "uploadId" in query:
            action = {"DELETE": "s3:AbortMultipartUpload", "GET": "s3:ListMultipartUploadParts"}.get(
                method, "s3:PutObject"
            )
        else:
            action = {"PUT": "s3:PutObject", "POST": "s3:PutObject", "DELETE": "s3:DeleteObject"}.get(
                method, "s3:GetObject"
            )
        return {(action, key, None)}
    if "delete" in query:
        return {("s3:DeleteObject", found, None) for found in re.findall(r"<Key>([^<]*)</Key>", body.decode())}
    if "uploads" in query:
        return {("s3:ListBucketMultipartUploads", "", query.get("prefix", ""))}
    if "location" in query:
        return {("s3:GetBucketLocation", "", None)}
    if method == "PUT":
        return {("s3:CreateBucket", "", None)}
    return {("s3:ListBucket", "", query.get("prefix", ""))}


def matching_statement(policy, bucket_arn, request):
    """The Sid of the statement that allows the request, as IAM judges; None when none does."""
    action, key, prefix = request
    resource = f"{bucket_arn}/{key}" if key else bucket_arn
    for statement in policy["Statement"]:
        if action not in statement["Action"]:
            continue
        if not any(fnmatch.fnmatchcase(resource, pattern) for pattern in statement["Resource"]):
            continue
        prefixes = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix")
        if prefixes is None or any(fnmatch.fnmatchcase(prefix, pattern) for pattern in prefixes):
            return statement["Sid"]
    return None


class S3Recorder:
    """Forwards to the S3 server on `port`; `seen` gathers what was asked."""

    def __init__(self, port):
        self.seen = set()
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *unused):
                pass

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                recorder.seen |= iam_requests(self.command, self.path, body)
                upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in HOP_HEADERS:
                        upstream.putheader(name, value)
                upstream.endheaders(body)
                answer = upstream.getresponse()
                content = answer.read()
                self.send_response_only(answer.status)
                headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_HEADERS]
                for name, value in headers:
                    self.send_header(name, value)
                if "content-length" not in {name.lower() for name, _ in headers}:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)
                upstream.close()

            # The names are http.server's.
            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
