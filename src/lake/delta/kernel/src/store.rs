//! From a URL and options to the engine that reads and writes the log there.

use std::sync::{Arc, OnceLock};

use delta_kernel::object_store::local::LocalFileSystem;
use delta_kernel::object_store::path::Path;
use delta_kernel::object_store::prefix::PrefixStore;
use delta_kernel::object_store::{self, aws, DynObjectStore, RetryConfig};
use delta_kernel::Engine;
use delta_kernel_default_engine::executor::tokio::TokioMultiThreadExecutor;
use delta_kernel_default_engine::DefaultEngineBuilder;
use serde_json::{Map, Value};
use url::Url;

use crate::error::{chain_text, status_of_store, BridgeError, Outcome, Status};

const REQUEST_RETRIES_MAX: usize = 8;
const REQUEST_RETRY_SECONDS_MAX: u64 = 60;

/// Root of a table: always with a trailing slash, or joining a name to it would replace its last folder.
pub fn parse_root(url: &str) -> Outcome<Url> {
    let mut root = Url::parse(url).map_err(|e| BridgeError::bad_input(format!("{url}: {e}")))?;
    if !root.path().ends_with('/') {
        root.set_path(&format!("{}/", root.path()));
    }
    Ok(root)
}

/// The engine for the table at `root`, and the URL by which it knows the table. On S3 that is the bucket's own: the kernel
/// takes keys for URL paths here and for plain text there, so a key with `%`, `#` or `?` would be lost in between. Below a
/// store that adds the table's prefix itself, it meets nothing but names it made.
pub fn open_engine(root: &Url, options_json: &str) -> Outcome<(Url, Arc<dyn Engine>)> {
    let (known_as, store): (Url, Arc<DynObjectStore>) = match root.scheme() {
        // fsync is off by default in object_store; a commit that a power cut can undo is none.
        "file" => (root.clone(), Arc::new(LocalFileSystem::new().with_fsync(true))),
        "s3" => {
            let mut bucket = root.clone();
            bucket.set_path("/");
            let prefix = Path::parse(key_of(root)?).map_err(|e| BridgeError::bad_input(e.to_string()))?;
            (bucket, Arc::new(PrefixStore::new(build_s3(root, options_json)?, prefix)))
        }
        other => return Err(BridgeError::bad_input(format!("no store for {other}:// URLs"))),
    };
    Ok((known_as, Arc::new(DefaultEngineBuilder::new(store).with_task_executor(executor()?).build())))
}

/// The key of an s3:// root as the store has it: nothing encoded, no slash at either end.
pub fn key_of(root: &Url) -> Outcome<String> {
    let key = percent_encoding::percent_decode_str(root.path().trim_matches('/')).decode_utf8();
    Ok(key.map_err(|e| BridgeError::bad_input(format!("{root}: {e}")))?.into_owned())
}

pub fn build_s3(root: &Url, options_json: &str) -> Outcome<aws::AmazonS3> {
    let bucket = root.host_str().ok_or_else(|| BridgeError::bad_input(format!("{root} names no bucket")))?;
    let options: Map<String, Value> = serde_json::from_str(if options_json.is_empty() { "{}" } else { options_json })
        .map_err(|e| BridgeError::bad_input(format!("store options: {e}")))?;
    let retry = RetryConfig {
        max_retries: REQUEST_RETRIES_MAX,
        retry_timeout: std::time::Duration::from_secs(REQUEST_RETRY_SECONDS_MAX),
        ..RetryConfig::default()
    };
    let mut builder = aws::AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry);
    for (name, value) in &options {
        let key = name.parse().map_err(|e: object_store::Error| store_error(&e))?;
        builder = builder.with_config(key, value.as_str().unwrap_or_default());
    }
    builder.build().map_err(|e| store_error(&e))
}

pub fn store_error(error: &object_store::Error) -> BridgeError {
    BridgeError::new(status_of_store(error), chain_text(error))
}

/// One small runtime for all tables of the process: two workers are enough for log traffic, and a table then costs no
/// threads of its own. Multi-threaded because writing a checkpoint waits inside a task.
pub fn executor() -> Outcome<Arc<TokioMultiThreadExecutor>> {
    static SHARED: OnceLock<Arc<TokioMultiThreadExecutor>> = OnceLock::new();
    if let Some(shared) = SHARED.get() {
        return Ok(shared.clone());
    }
    let made = TokioMultiThreadExecutor::new_owned_runtime(Some(2), Some(8))
        .map_err(|e| BridgeError::new(Status::Unavailable, format!("no threads for the log: {e}")))?;
    Ok(SHARED.get_or_init(|| Arc::new(made)).clone())
}
