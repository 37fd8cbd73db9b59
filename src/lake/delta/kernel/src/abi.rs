//! The C functions of `rcml_delta.h`: texts in and out, statuses, and the guard that stops panics.

use std::any::Any;
use std::ffi::{c_char, CStr, CString};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;

use crate::error::{BridgeError, Outcome, Status};
use crate::table::{self, Table};
use crate::{commit, log_reader, uploads};

/// Runs `work`; its value goes to `out`, its failure's message to `error`.
///
/// # Safety
/// `out` and `error` are null or point to writable places.
unsafe fn guard<T>(out: *mut T, error: *mut *mut c_char, work: impl FnOnce() -> Outcome<T>) -> i32 {
    let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(BridgeError::new(Status::Bug, panic_text(panic.as_ref()))));
    match outcome {
        Ok(value) => {
            if !out.is_null() {
                out.write(value);
            }
            Status::Ok as i32
        }
        Err(failure) => {
            if !error.is_null() {
                error.write(into_c(failure.message));
            }
            failure.status as i32
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("the Delta bridge panicked: {}", said.unwrap_or("no message"))
}

fn into_c(text: String) -> *mut c_char {
    // A NUL inside would cut the text short for C; none of our texts has a reason to hold one.
    let clean: Vec<u8> = text.into_bytes().into_iter().filter(|byte| *byte != 0).collect();
    CString::new(clean).map_or(ptr::null_mut(), CString::into_raw)
}

unsafe fn text<'a>(pointer: *const c_char) -> Outcome<&'a str> {
    if pointer.is_null() {
        return Ok("");
    }
    CStr::from_ptr(pointer).to_str().map_err(|e| BridgeError::bad_input(format!("not UTF-8: {e}")))
}

unsafe fn borrowed<'a>(table: *mut Table) -> Outcome<&'a Table> {
    table.as_ref().ok_or_else(|| BridgeError::bad_input("no table handle"))
}

/// # Safety
/// As `rcml_delta.h` says, for this and all functions below.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_open(url: *const c_char, options_json: *const c_char, out: *mut *mut Table, error: *mut *mut c_char) -> i32 {
    guard(out, error, || Ok(Box::into_raw(Box::new(Table::open(text(url)?, text(options_json)?)?))))
}

/// # Safety
/// See above.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_create(
    url: *const c_char,
    options_json: *const c_char,
    schema_json: *const c_char,
    partition_columns_json: *const c_char,
    properties_json: *const c_char,
    error: *mut *mut c_char,
) -> i32 {
    guard(ptr::null_mut(), error, || {
        table::create(text(url)?, text(options_json)?, text(schema_json)?, text(partition_columns_json)?, text(properties_json)?)
    })
}

/// # Safety
/// See above.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_refresh(table: *mut Table, version: *mut i64, error: *mut *mut c_char) -> i32 {
    guard(version, error, || borrowed(table)?.refresh())
}

/// # Safety
/// See above.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_describe(table: *mut Table, out: *mut *mut c_char, error: *mut *mut c_char) -> i32 {
    guard(out, error, || Ok(into_c(borrowed(table)?.describe()?)))
}

/// # Safety
/// See above.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_marks(table: *mut Table, prefix: *const c_char, out: *mut *mut c_char, error: *mut *mut c_char) -> i32 {
    guard(out, error, || {
        let prefix = text(prefix)?;
        let marks = borrowed(table)?.marks()?;
        let chosen: serde_json::Map<String, serde_json::Value> =
            marks.iter().filter(|(app, _)| app.starts_with(prefix)).map(|(app, version)| (app.clone(), (*version).into())).collect();
        Ok(into_c(serde_json::Value::Object(chosen).to_string()))
    })
}

/// # Safety
/// See above.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_commit(table: *mut Table, request_json: *const c_char, version: *mut i64, error: *mut *mut c_char) -> i32 {
    guard(version, error, || commit::commit(borrowed(table)?, text(request_json)?))
}

/// # Safety
/// See above.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_live_files(table: *mut Table, out: *mut *mut c_char, error: *mut *mut c_char) -> i32 {
    guard(out, error, || {
        let table = borrowed(table)?;
        let snapshot = table.lock().snapshot.clone();
        Ok(into_c(log_reader::live_files(table.engine.as_ref(), &snapshot)?))
    })
}

/// # Safety
/// See above.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_log(table: *mut Table, from: i64, out: *mut *mut c_char, error: *mut *mut c_char) -> i32 {
    guard(out, error, || {
        let table = borrowed(table)?;
        let from = u64::try_from(from).map_err(|_| BridgeError::bad_input(format!("version {from}")))?;
        let snapshot = table.lock().snapshot.clone();
        Ok(into_c(log_reader::actions_since(&table.engine, &snapshot, from)?))
    })
}

/// # Safety
/// See above.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_deleted_rows(table: *mut Table, descriptor_json: *const c_char, out: *mut *mut c_char, error: *mut *mut c_char) -> i32 {
    guard(out, error, || {
        let table = borrowed(table)?;
        let rows = log_reader::deleted_rows(table.engine.as_ref(), &table.root, text(descriptor_json)?)?;
        Ok(into_c(serde_json::Value::from(rows).to_string()))
    })
}

/// # Safety
/// See above.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_checkpoint(table: *mut Table, error: *mut *mut c_char) -> i32 {
    guard(ptr::null_mut(), error, || borrowed(table)?.checkpoint())
}

/// # Safety
/// See above.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_stale_uploads(
    url: *const c_char,
    options_json: *const c_char,
    before_ms: i64,
    is_removing: bool,
    out: *mut *mut c_char,
    error: *mut *mut c_char,
) -> i32 {
    guard(out, error, || Ok(into_c(uploads::stale_uploads(text(url)?, text(options_json)?, before_ms, is_removing)?)))
}

/// # Safety
/// `table` came from `rcml_delta_open` and is not used again.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_close(table: *mut Table) {
    if !table.is_null() {
        drop(Box::from_raw(table));
    }
}

/// # Safety
/// `text` came from this library and is not used again.
#[no_mangle]
pub unsafe extern "C" fn rcml_delta_free_text(text: *mut c_char) {
    if !text.is_null() {
        drop(CString::from_raw(text));
    }
}
