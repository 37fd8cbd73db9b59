//! Multipart uploads that nobody will finish: a writer killed in mid upload leaves parts that no listing of objects
//! shows and that are paid for. No store client lists them, so these two requests are signed and sent here.

use std::sync::Arc;
use std::time::Duration;

use delta_kernel::object_store::aws::AmazonS3;
use delta_kernel::object_store::client::{HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector};
use delta_kernel::object_store::path::Path;
use delta_kernel::object_store::signer::{Method, SignedUrlOptions, Signer};
use delta_kernel::object_store::ClientOptions;
use delta_kernel_default_engine::executor::TaskExecutor;
use serde::Deserialize;
use serde_json::json;

use crate::error::{chain_text, BridgeError, Outcome, Status};
use crate::store;

const SIGNED_FOR: Duration = Duration::from_secs(300);
const PAGES_MAX: usize = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    next_key_marker: String,
    #[serde(default)]
    next_upload_id_marker: String,
    #[serde(default, rename = "Upload")]
    uploads: Vec<Upload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Upload {
    key: String,
    upload_id: String,
    initiated: String,
}

struct Bucket {
    s3: AmazonS3,
    http: HttpClient,
}

/// Uploads below the table `url` begun before `before_ms`, one JSON object a line: {"path", "initiated"}. With
/// `is_removing` they are aborted. A folder on disk has none.
pub fn stale_uploads(url: &str, options_json: &str, before_ms: i64, is_removing: bool) -> Outcome<String> {
    let root = store::parse_root(url)?;
    if root.scheme() != "s3" {
        return Ok(String::new());
    }
    let prefix = format!("{}/", store::key_of(&root)?);
    let http = ReqwestConnector::default()
        .connect(&ClientOptions::new().with_allow_http(root_allows_http(options_json)))
        .map_err(|e| store::store_error(&e))?;
    let bucket = Arc::new(Bucket { s3: store::build_s3(&root, options_json)?, http });
    store::executor()?.block_on(async move {
        let mut text = String::new();
        for upload in bucket.unfinished(&prefix).await? {
            if initiated_ms(&upload)? >= before_ms {
                continue;
            }
            if is_removing {
                bucket.abort(&upload).await?;
            }
            let path = upload.key.strip_prefix(&prefix).unwrap_or(&upload.key);
            text.push_str(&format!("{}\n", json!({"path": path, "initiated": upload.initiated})));
        }
        Ok(text)
    })
}

/// What the caller decided for the store's own client holds here too.
fn root_allows_http(options_json: &str) -> bool {
    let options: serde_json::Value = serde_json::from_str(options_json).unwrap_or_default();
    options["aws_allow_http"] == "true"
}

fn initiated_ms(upload: &Upload) -> Outcome<i64> {
    chrono::DateTime::parse_from_rfc3339(&upload.initiated)
        .map(|time| time.timestamp_millis())
        .map_err(|e| BridgeError::new(Status::Unavailable, format!("upload of {} was begun at {}: {e}", upload.key, upload.initiated)))
}

impl Bucket {
    async fn unfinished(&self, prefix: &str) -> Outcome<Vec<Upload>> {
        let mut all = Vec::new();
        let mut markers = (String::new(), String::new());
        for _ in 0..PAGES_MAX {
            let mut query = vec![("uploads", String::new()), ("prefix", prefix.to_owned())];
            if !markers.0.is_empty() {
                query.extend([("key-marker", markers.0), ("upload-id-marker", markers.1)]);
            }
            let (status, body) = self.send(Method::GET, &Path::ROOT, query).await?;
            if !(200..300).contains(&status) {
                return Err(refused("listing unfinished uploads", status, &body));
            }
            let page: Page = quick_xml::de::from_str(&body)
                .map_err(|e| BridgeError::new(Status::Unavailable, format!("the list of unfinished uploads: {e}")))?;
            // A store may take the prefix for a hint.
            all.extend(page.uploads.into_iter().filter(|upload| upload.key.starts_with(prefix)));
            if !page.is_truncated {
                break;
            }
            markers = (page.next_key_marker, page.next_upload_id_marker);
        }
        Ok(all)
    }

    /// One that is gone meanwhile is as good as aborted.
    async fn abort(&self, upload: &Upload) -> Outcome<()> {
        let path = Path::parse(&upload.key).map_err(|e| BridgeError::bad_input(e.to_string()))?;
        let (status, body) = self.send(Method::DELETE, &path, vec![("uploadId", upload.upload_id.clone())]).await?;
        if (200..300).contains(&status) || status == 404 {
            return Ok(());
        }
        Err(refused(&format!("ending the upload of {}", upload.key), status, &body))
    }

    async fn send(&self, method: Method, path: &Path, query: Vec<(&str, String)>) -> Outcome<(u16, String)> {
        let options = SignedUrlOptions::default().with_query(query);
        let url = self.s3.signed_url_opts(method.clone(), path, SIGNED_FOR, &options).await.map_err(|e| store::store_error(&e))?;
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = method;
        *request.uri_mut() = url.as_str().parse().map_err(|e| BridgeError::bad_input(format!("a request's address: {e}")))?;
        // The address of a request is signed, so no message may hold it.
        let unreachable = |_| BridgeError::new(Status::Unavailable, "the store did not answer a request about unfinished uploads");
        let answer = self.http.execute(request).await.map_err(unreachable)?;
        let status = answer.status().as_u16();
        let body = answer.into_body().bytes().await.map_err(|e| BridgeError::new(Status::Unavailable, chain_text(&e)))?;
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

fn refused(action: &str, status: u16, body: &str) -> BridgeError {
    let kind = match status {
        401 | 403 => Status::Denied,
        405 | 501 => Status::Unsupported,
        _ => Status::Unavailable,
    };
    let code = body.split("<Code>").nth(1).and_then(|rest| rest.split("</Code>").next()).unwrap_or("no code");
    BridgeError::new(kind, format!("{action}: HTTP {status}, {code}"))
}
