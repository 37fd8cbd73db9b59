"""Faults between the program and the S3 server: toxiproxy's, and a small HTTP proxy that answers SlowDown."""

import http.client
import http.server
import json
import random
import re
import threading
import urllib.request

SLOW_DOWN = b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'
HOP_HEADERS = {"connection", "transfer-encoding", "keep-alive"}


class Link:
    """A way through toxiproxy to `upstream_port`."""

    def __init__(self, toxiproxy, name, upstream_port, listen_port):
        self.api, self.name, self.port = toxiproxy.api, name, listen_port
        self.call(
            "POST",
            "/proxies",
            {"name": name, "listen": f"127.0.0.1:{listen_port}", "upstream": f"127.0.0.1:{upstream_port}"},
        )

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.api + path, method=method, data=json.dumps(body).encode() if body else None
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def add(self, kind, stream="downstream", toxicity=1.0, **attributes):
        self.call(
            "POST",
            f"/proxies/{self.name}/toxics",
            {"name": kind, "type": kind, "stream": stream, "toxicity": toxicity, "attributes": attributes},
        )

    def enable(self, is_enabled):
        """A link that is not enabled refuses connections, and ends those there are."""
        self.call("POST", f"/proxies/{self.name}", {"enabled": is_enabled})

    def remove(self, kind):
        self.call("DELETE", f"/proxies/{self.name}/toxics/{kind}")


class SlowDownProxy:
    """Forwards to the S3 server; refuses a share of the requests, forwards others but loses their reply, and can leave
    objects out of lists."""

    def __init__(self, upstream_port, seed, refused=0.3, lost=0.0):
        self.refused_count = self.lost_count = self.passed_count = 0
        self.completes_to_refuse, self.complete_status = 0, 503
        self.hidden, self.hidden_count = None, 0
        self.open = threading.Event()
        self.open.set()
        proxy, chance, lock = self, random.Random(seed), threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *unused):
                pass

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                proxy.open.wait(20)
                with lock:
                    throw = chance.random()
                    is_refused_complete = proxy.is_refused_complete(self.command, self.path)
                if is_refused_complete:
                    return self.reply(proxy.complete_status, [("Content-Type", "application/xml")], SLOW_DOWN)
                if throw < refused:
                    proxy.refused_count += 1
                    return self.reply(503, [("Content-Type", "application/xml")], SLOW_DOWN)
                status, headers, answer = proxy.forward(upstream_port, self, body)
                if self.command == "GET" and "list-type=2" in self.path:
                    answer = proxy.without_hidden(answer)
                    headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
                if throw < refused + lost:
                    proxy.lost_count += 1
                    self.close_connection = True
                    return None
                proxy.passed_count += 1
                return self.reply(status, headers, answer)

            def reply(self, status, headers, body):
                self.send_response_only(status)
                has_length = False
                for name, value in headers:
                    if name.lower() in HOP_HEADERS:
                        continue
                    has_length |= name.lower() == "content-length"
                    self.send_header(name, value)
                if not has_length:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            # The names are http.server's.
            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def refuse_completes(self, count, status):
        """The next `count` ends of a multipart upload are refused, by status or by an error in the body of a 200."""
        self.completes_to_refuse, self.complete_status = count, status

    def is_refused_complete(self, command, path):
        if command != "POST" or "uploadId=" not in path or self.completes_to_refuse == 0:
            return False
        self.completes_to_refuse -= 1
        self.refused_count += 1
        return True

    def hold(self):
        """Nothing is answered, up to 20 s each, until release()."""
        self.open.clear()

    def release(self):
        self.open.set()

    def hide(self, pattern):
        """Lists leave out the objects whose key matches: a store whose lists lag behind. None: they are complete again."""
        self.hidden = pattern and re.compile(pattern.encode())

    def without_hidden(self, listing):
        def keep(match):
            if self.hidden is None or not self.hidden.search(match[0]):
                return match[0]
            self.hidden_count += 1
            return b""

        return re.sub(rb"<Contents>.*?</Contents>", keep, listing, flags=re.DOTALL)

    @staticmethod
    def forward(port, request, body):
        upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        upstream.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name.lower() not in HOP_HEADERS and name.lower() != "expect":
                upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        content = answer.read()
        headers = answer.getheaders()
        upstream.close()
        return answer.status, headers, content

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
