//! The compare-and-swap that makes the next version, and what came of it.
//!
//! The store answers "that version exists" in two cases: another writer made it, or an earlier try of this very put got
//! through and its reply was lost. It may also not answer at all. To tell these apart every commit carries a unique
//! `rcmlCommitId` in its commitInfo; on anything but a clear success the version is read back and the ids compared.
//! So `Conflict` really means that nothing of ours is in the log. `Unknown` is left only where reading back does not
//! decide: the version is not there (yet), or cannot be read.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use delta_kernel::arrow::array::{RecordBatch, StringArray};
use delta_kernel::arrow::datatypes::{DataType as ArrowType, Field, Schema};
use delta_kernel::committer::{CommitMetadata, CommitResponse, Committer, FileSystemCommitter, PublishMetadata};
use delta_kernel::engine::arrow_data::{ArrowEngineData, EngineDataArrowExt};
use delta_kernel::schema::{DataType, MapType, StructField, StructType};
use delta_kernel::transaction::{CommitResult, Transaction, UpdateTableOperation};
use delta_kernel::{Engine, EngineData, FilteredEngineData, KernelError, KernelResult, KernelResultIterator};
use serde_json::Value;

use crate::error::{chain_text, BridgeError, Outcome, Status};
use crate::log_reader;
use crate::table::{bad_json, State, Table, ENGINE_INFO};

const COMMIT_ID: &str = "rcmlCommitId";

struct Request {
    commit_id: String,
    operation: UpdateTableOperation,
    is_data_change: bool,
    marks: HashMap<String, i64>,
    removes: HashSet<String>,
    adds: Vec<String>,
}

impl Request {
    fn parse(text: &str) -> Outcome<Request> {
        let json: Value = serde_json::from_str(text).map_err(bad_json("commit request"))?;
        let field = |name: &str| json.get(name).cloned().ok_or_else(|| BridgeError::bad_input(format!("commit request: no {name}")));
        let adds: Vec<Value> = serde_json::from_value(field("adds")?).map_err(bad_json("adds"))?;
        Ok(Request {
            commit_id: serde_json::from_value(field("commitId")?).map_err(bad_json("commitId"))?,
            operation: operation(&serde_json::from_value::<String>(field("operation")?).map_err(bad_json("operation"))?),
            is_data_change: serde_json::from_value(field("dataChange")?).map_err(bad_json("dataChange"))?,
            marks: serde_json::from_value(field("marks")?).map_err(bad_json("marks"))?,
            removes: serde_json::from_value(field("removes")?).map_err(bad_json("removes"))?,
            adds: adds.iter().map(Value::to_string).collect(),
        })
    }
}

/// The kernel refuses a custom name equal to one of its own.
fn operation(name: &str) -> UpdateTableOperation {
    match name {
        "STREAMING UPDATE" => UpdateTableOperation::StreamingUpdate,
        "WRITE" => UpdateTableOperation::Write,
        "OPTIMIZE" => UpdateTableOperation::Optimize,
        "DELETE" => UpdateTableOperation::Delete,
        other => UpdateTableOperation::Custom(other.to_owned()),
    }
}

/// Commits `request_json` on top of the table's version; the table then stands on the new one.
pub fn commit(table: &Table, request_json: &str) -> Outcome<i64> {
    let request = Request::parse(request_json)?;
    let mut state = table.lock();
    let target = state.snapshot.version() + 1;
    let sent = Arc::new(AtomicBool::new(false));
    let transaction = prepare(table, &state, &request, sent.clone())?;
    let problem = match transaction.commit(table.engine.as_ref()) {
        Ok(CommitResult::Committed(done)) => {
            return match done.post_commit_snapshot() {
                Some(snapshot) => Ok(advance(&mut state, snapshot.clone(), &request)),
                None => catch_up(table, &mut state, &request, target),
            };
        }
        Ok(CommitResult::Conflicted(_)) => BridgeError::new(Status::Conflict, format!("version {target} was made by another writer")),
        Ok(CommitResult::Retryable(failed)) => BridgeError::new(Status::Unknown, chain_text(&failed.error)),
        Err(error) if sent.load(Ordering::Acquire) => BridgeError::new(Status::Unknown, chain_text(&error)),
        Err(error) => return Err(error.into()),
    };
    match read_back(table, target, &request.commit_id) {
        ReadBack::Ours => catch_up(table, &mut state, &request, target),
        ReadBack::Theirs => Err(BridgeError::new(Status::Conflict, format!("version {target} was made by another writer"))),
        ReadBack::Unclear(why) => Err(BridgeError::new(Status::Unknown, format!("version {target}: {}; {why}", problem.message))),
    }
}

fn prepare(table: &Table, state: &State, request: &Request, sent: Arc<AtomicBool>) -> Outcome<Transaction> {
    let engine = table.engine.as_ref();
    let (commit_info, commit_info_schema) = commit_info(&request.commit_id)?;
    let mut builder = state
        .snapshot
        .clone()
        .update_table(request.operation.clone(), ENGINE_INFO, request.is_data_change)
        .with_commit_info(commit_info, commit_info_schema);
    if request.is_data_change && request.removes.is_empty() && !request.adds.is_empty() {
        builder = builder.with_blind_append();
    }
    for (app, version) in &request.marks {
        builder = builder.with_transaction_id(app, *version);
    }
    let mut transaction = builder.build(engine, Box::new(WatchedCommitter { sent }))?;
    if !request.adds.is_empty() {
        let files = add_files(engine, &transaction, &request.adds)?;
        transaction.add_files(files);
    }
    if !request.removes.is_empty() {
        stage_removes(engine, state, &mut transaction, &request.removes)?;
    }
    Ok(transaction)
}

fn commit_info(commit_id: &str) -> Outcome<(Box<dyn EngineData>, Arc<StructType>)> {
    let schema = Arc::new(StructType::new_unchecked([StructField::nullable(COMMIT_ID, DataType::STRING)]));
    Ok((one_column(COMMIT_ID, vec![commit_id])?, schema))
}

fn one_column(name: &str, values: Vec<&str>) -> Outcome<Box<dyn EngineData>> {
    let schema = Arc::new(Schema::new(vec![Field::new(name, ArrowType::Utf8, true)]));
    let batch = RecordBatch::try_new(schema, vec![Arc::new(StringArray::from(values))])
        .map_err(|e| BridgeError::bad_input(format!("{name}: {e}")))?;
    Ok(Box::new(ArrowEngineData::new(batch)))
}

fn add_files(engine: &dyn Engine, transaction: &Transaction, adds: &[String]) -> Outcome<Box<dyn EngineData>> {
    let schema = StructType::try_new([
        StructField::not_null("path", DataType::STRING),
        StructField::not_null("partitionValues", MapType::new(DataType::STRING, DataType::STRING, true)),
        StructField::not_null("size", DataType::LONG),
        StructField::not_null("modificationTime", DataType::LONG),
        StructField::nullable("stats", transaction.stats_schema()?.as_ref().clone()),
    ])?;
    let lines = one_column("add", adds.iter().map(String::as_str).collect())?;
    Ok(engine.json_handler().parse_json(lines, Arc::new(schema))?)
}

/// A file to be replaced that is no longer live makes the whole request stale: that is a conflict, not a failure.
fn stage_removes(engine: &dyn Engine, state: &State, transaction: &mut Transaction, removes: &HashSet<String>) -> Outcome<()> {
    let mut found = 0;
    let scan = state.snapshot.clone().scan_builder().build()?;
    for metadata in scan.scan_metadata(engine)? {
        let (data, selection) = metadata?.scan_files.into_parts();
        let batch: RecordBatch = data.try_into_record_batch()?;
        let paths = batch.column_by_name("path").and_then(|column| column.as_any().downcast_ref::<StringArray>());
        let paths = paths.ok_or_else(|| BridgeError::corrupt("a scan without paths"))?;
        let is_chosen = |row: usize| selection.get(row).copied().unwrap_or(true) && removes.contains(paths.value(row));
        let chosen: Vec<bool> = (0..batch.num_rows()).map(is_chosen).collect();
        let count = chosen.iter().filter(|chosen| **chosen).count();
        if count > 0 {
            found += count;
            transaction.remove_files(FilteredEngineData::try_new(Box::new(ArrowEngineData::new(batch)), chosen)?);
        }
    }
    if found != removes.len() {
        let message = format!("{} of the {} files to replace are no longer live", removes.len() - found, removes.len());
        return Err(BridgeError::new(Status::Conflict, message));
    }
    Ok(())
}

/// Moves the state on to our own commit: its marks are known, nothing needs to be read.
fn advance(state: &mut State, snapshot: delta_kernel::snapshot::SnapshotRef, request: &Request) -> i64 {
    if let Some(known) = &state.marks {
        let mut marks = known.as_ref().clone();
        marks.extend(request.marks.iter().map(|(app, version)| (app.clone(), *version)));
        state.marks = Some(Arc::new(marks));
    }
    state.snapshot = snapshot;
    state.snapshot.version() as i64
}

/// The commit is in the log but the kernel has no snapshot of it for us: load exactly that version.
fn catch_up(table: &Table, state: &mut State, request: &Request, target: u64) -> Outcome<i64> {
    let built = delta_kernel::Snapshot::builder_from(state.snapshot.clone()).at_version(target).build(table.engine.as_ref());
    match built {
        Ok(snapshot) => Ok(advance(state, snapshot, request)),
        Err(error) => Err(BridgeError::new(Status::Unknown, format!("version {target} is ours but cannot be read: {}", chain_text(&error)))),
    }
}

enum ReadBack {
    Ours,
    Theirs,
    Unclear(String),
}

fn read_back(table: &Table, version: u64, commit_id: &str) -> ReadBack {
    match log_reader::read_commit(table.engine.as_ref(), &table.root, version) {
        Ok(text) if text.lines().any(|line| is_commit_info_of(line, commit_id)) => ReadBack::Ours,
        Ok(_) => ReadBack::Theirs,
        Err(error) => ReadBack::Unclear(format!("reading it back: {}", error.message)),
    }
}

fn is_commit_info_of(line: &str, commit_id: &str) -> bool {
    serde_json::from_str::<Value>(line).is_ok_and(|action| action["commitInfo"][COMMIT_ID] == commit_id)
}

/// Notes that the commit has gone to the store: from then on a failure no longer means that nothing happened.
struct WatchedCommitter {
    sent: Arc<AtomicBool>,
}

impl Committer for WatchedCommitter {
    fn commit(
        &self,
        engine: &dyn Engine,
        actions: KernelResultIterator<'_, FilteredEngineData>,
        commit_metadata: CommitMetadata,
    ) -> KernelResult<CommitResponse> {
        self.sent.store(true, Ordering::Release);
        FileSystemCommitter::new().commit(engine, actions, commit_metadata)
    }

    fn is_catalog_committer(&self) -> bool {
        false
    }

    fn publish(&self, _engine: &dyn Engine, _publish_metadata: PublishMetadata) -> KernelResult<()> {
        Err(KernelError::generic("tables of a catalog are not supported"))
    }
}
