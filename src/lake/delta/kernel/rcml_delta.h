// lake/delta/kernel/rcml_delta.h: the whole surface of the Rust bridge over delta_kernel. JSON in, JSON out.
//
// A handle may be used from several threads; its calls take turns. Texts that come back in `out` or `error` belong to
// the caller and are freed with rcml_delta_free_text. No Rust panic crosses this line: it comes back as
// RCML_DELTA_BUG with the place in `error`.
#ifndef RCML_DELTA_H
#define RCML_DELTA_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rcml_delta_table rcml_delta_table;

typedef enum rcml_delta_status {
  RCML_DELTA_OK = 0,
  RCML_DELTA_CONFLICT = 1,     // Another writer made that version; nothing of ours is in it.
  RCML_DELTA_UNKNOWN = 2,      // The commit may or may not be in the store.
  RCML_DELTA_NOT_FOUND = 3,    // No table there.
  RCML_DELTA_UNSUPPORTED = 4,  // The table asks for a reader or writer feature this build does not have.
  RCML_DELTA_LOG_GONE = 5,     // The versions asked for have been cleaned up.
  RCML_DELTA_CORRUPT = 6,      // The log contradicts itself.
  RCML_DELTA_UNAVAILABLE = 7,  // Disk or store failed.
  RCML_DELTA_DENIED = 8,       // The store refused the credentials.
  RCML_DELTA_BAD_INPUT = 9,    // The caller's URL, options or JSON are wrong.
  RCML_DELTA_BUG = 10          // A panic inside.
} rcml_delta_status;

// url: file:///abs/dir/ or s3://bucket/prefix/. options_json: {"aws_endpoint": "...", ...}, keys as object_store names them.
// Loads the newest version; NOT_FOUND when there is no table.
int32_t rcml_delta_open(const char* url, const char* options_json, rcml_delta_table** out, char** error);

// Makes version 0, of reader 1 / writer 2: no table feature. CONFLICT when somebody else made it first. The local folder must exist.
// properties_json: {"delta.logRetentionDuration": "..."} or "{}".
int32_t rcml_delta_create(const char* url, const char* options_json, const char* schema_json,
                          const char* partition_columns_json, const char* properties_json, char** error);

// Takes in what others committed since; the new version goes to *version.
int32_t rcml_delta_refresh(rcml_delta_table* table, int64_t* version, char** error);

// {"version":N,"id":"...","writeRefusal":"...","properties":{"delta.…":"..."},"schema":{...},"partitionColumns":[...],
//  "commitsSinceCheckpoint":N}; writeRefusal says why commit and checkpoint would fail with UNSUPPORTED, "" when they would not.
int32_t rcml_delta_describe(rcml_delta_table* table, char** out, char** error);

// {"app id": version, ...} of all app ids that start with `prefix`, at the version of the last refresh or own commit.
int32_t rcml_delta_marks(rcml_delta_table* table, const char* prefix, char** out, char** error);

// One compare-and-swap from the handle's version to the next one.
// {"commitId":"<unique>","operation":"...","dataChange":true,"marks":{"app":1},"removes":["path"],
//  "adds":[{"path":"...","partitionValues":{"dt":"..."},"size":1,"modificationTime":1,"stats":{...}}]}
// OK: *version is the new version and the handle stands on it. On CONFLICT, UNKNOWN and every error it has not moved.
int32_t rcml_delta_commit(rcml_delta_table* table, const char* request_json, int64_t* version, char** error);

// Live files at the handle's version, one JSON object a line:
// {"path","size","modificationTime","stats":"<json text>","deletionVector":{...},
//  "fileConstantValues":{"partitionValues":{...}}}
int32_t rcml_delta_live_files(rcml_delta_table* table, char** out, char** error);

// Actions of versions [from, handle's version], one JSON object a line, in log order:
// {"version":N,"add":{...}} or {"version":N,"remove":{...}}
int32_t rcml_delta_log(rcml_delta_table* table, int64_t from, char** out, char** error);

// [N, ...]: the rows of a data file, counted from 0 and rising, that its deletion vector takes out. descriptor_json is the
// "deletionVector" object of the file's add. CORRUPT when the vector's file is missing or damaged.
int32_t rcml_delta_deleted_rows(rcml_delta_table* table, const char* descriptor_json, char** out, char** error);

// Writes a checkpoint of the handle's version, unless it has one.
int32_t rcml_delta_checkpoint(rcml_delta_table* table, char** error);

// Multipart uploads below the table that were begun before `before_ms` (UTC) and never finished, one JSON object a line:
// {"path","initiated"}. With is_removing they are aborted. A folder on disk has none. UNSUPPORTED when the store cannot
// list them.
int32_t rcml_delta_stale_uploads(const char* url, const char* options_json, int64_t before_ms, bool is_removing,
                                 char** out, char** error);

void rcml_delta_close(rcml_delta_table* table);
void rcml_delta_free_text(char* text);

#ifdef __cplusplus
}
#endif

#endif  // RCML_DELTA_H
