//! Every way the bridge fails, and how the kernel's errors map to them.

use delta_kernel::object_store;
use delta_kernel::KernelError;

/// The numbers of `rcml_delta_status` in `rcml_delta.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    Ok = 0,
    Conflict = 1,
    Unknown = 2,
    NotFound = 3,
    Unsupported = 4,
    LogGone = 5,
    Corrupt = 6,
    Unavailable = 7,
    Denied = 8,
    BadInput = 9,
    Bug = 10,
}

#[derive(Debug)]
pub struct BridgeError {
    pub status: Status,
    pub message: String,
}

pub type Outcome<T> = Result<T, BridgeError>;

impl BridgeError {
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(Status::BadInput, message)
    }

    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(Status::Corrupt, message)
    }
}

impl From<KernelError> for BridgeError {
    fn from(error: KernelError) -> Self {
        let status = status_of(&error);
        Self::new(status, chain_text(&error))
    }
}

/// `error` and its causes, each said once: an object store hides the interesting one ("connection refused") innermost.
pub fn chain_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = inner.source();
    }
    text
}

fn status_of(error: &KernelError) -> Status {
    use KernelError::*;
    match error {
        Backtraced { source, .. } => status_of(source),
        // The kernel looks whether a local folder exists before it looks for a log in it.
        FileNotFound(_) | EmptyLog | InvalidTableLocation(_) => Status::NotFound,
        StartVersionNotFound { .. } => Status::LogGone,
        Unsupported(_) | InvalidProtocol(_) | ChangeDataFeedUnsupported(_) => Status::Unsupported,
        ObjectStore(inner) => status_of_store(inner),
        IOError(_) | Reqwest(_) | JoinFailure(_) | Cancelled => Status::Unavailable,
        InvalidUrl(_) | ObjectStorePath(_) => Status::BadInput,
        // What is left means that bytes of the log or of a checkpoint are not what the protocol says.
        _ => Status::Corrupt,
    }
}

pub fn status_of_store(error: &object_store::Error) -> Status {
    use object_store::Error::*;
    match error {
        NotFound { .. } => Status::NotFound,
        PermissionDenied { .. } | Unauthenticated { .. } => Status::Denied,
        InvalidPath { .. } | UnknownConfigurationKey { .. } | NotSupported { .. } => Status::BadInput,
        _ => Status::Unavailable,
    }
}
