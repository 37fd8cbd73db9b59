//! The log as JSON lines: live files, actions by version, marks.

use std::sync::{Arc, LazyLock};

use delta_kernel::actions::deletion_vector::DeletionVectorDescriptor;
use delta_kernel::arrow::array::RecordBatch;
use delta_kernel::arrow::json::LineDelimitedWriter;
use delta_kernel::commit_range::{CommitRange, DeltaAction};
use delta_kernel::engine::arrow_data::EngineDataArrowExt;
use delta_kernel::schema::{DataType, SchemaRef, StructField, StructType};
use delta_kernel::snapshot::SnapshotRef;
use delta_kernel::{Engine, EngineData, KernelError};
use serde_json::Value;

use crate::error::{BridgeError, Outcome};
use crate::table::Marks;

/// Live files of `snapshot`, one JSON object a line.
pub fn live_files(engine: &dyn Engine, snapshot: &SnapshotRef) -> Outcome<String> {
    let scan = snapshot.clone().scan_builder().build()?;
    let mut lines = Vec::new();
    for metadata in scan.scan_metadata(engine)? {
        let files = metadata?.scan_files.apply_selection_vector()?;
        append_lines(files, &mut lines)?;
    }
    into_text(lines)
}

/// Adds and removes of versions `from..=snapshot.version()`, each line tagged with its version.
pub fn actions_since(engine: &Arc<dyn Engine>, snapshot: &SnapshotRef, from: u64) -> Outcome<String> {
    if from > snapshot.version() {
        return Ok(String::new());
    }
    // By listing, not from the snapshot: a snapshot forgets the commits below its checkpoint, the folder may not have.
    let range = CommitRange::builder_for(snapshot.table_root().as_str(), from).with_end_version(snapshot.version()).build(engine.as_ref())?;
    let mut text = String::new();
    for commit in range.commits(engine.clone(), None, &[DeltaAction::Add, DeltaAction::Remove])? {
        let commit = commit?;
        let mut lines = Vec::new();
        for batch in commit.get_actions(engine.as_ref())? {
            append_lines(batch?, &mut lines)?;
        }
        for line in into_text(lines)?.lines().filter(|line| *line != "{}") {
            text.push_str(&format!("{{\"version\":{},{}\n", commit.version(), &line[1..]));
        }
    }
    Ok(text)
}

/// Rows of one data file that its deletion vector takes out, counted from 0, rising. `descriptor_json` is the
/// `deletionVector` object of the file's add.
pub fn deleted_rows(engine: &dyn Engine, root: &url::Url, descriptor_json: &str) -> Outcome<Vec<u64>> {
    let descriptor: DeletionVectorDescriptor =
        serde_json::from_str(descriptor_json).map_err(|e| BridgeError::corrupt(format!("a deletion vector's descriptor: {e}")))?;
    match descriptor.row_indexes(engine.storage_handler(), root) {
        // "No table there" is what a missing file means elsewhere.
        Err(KernelError::FileNotFound(file)) => Err(BridgeError::corrupt(format!("the deletion vector's file {file} is missing"))),
        other => Ok(other?),
    }
}

/// Marks set by versions `from..=snapshot.version()`, or None when the snapshot no longer knows those commits one by
/// one because a checkpoint has taken their place.
pub fn marks_since(engine: &Arc<dyn Engine>, snapshot: &SnapshotRef, from: u64) -> Outcome<Option<Marks>> {
    let range = match CommitRange::builder_from(snapshot.clone(), from).build(engine.as_ref()) {
        Ok(range) => range,
        Err(KernelError::StartVersionNotFound { .. } | KernelError::EmptyLog | KernelError::MissingVersion(_)) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    let mut marks = Marks::new();
    for commit in range.commits(engine.clone(), None, &[DeltaAction::SetTxn])? {
        for batch in commit?.get_actions(engine.as_ref())? {
            visit_marks(batch?, |app, version| {
                marks.insert(app, version);
            })?;
        }
    }
    Ok(Some(marks))
}

/// All marks at `snapshot`, from its newest checkpoint and the commits after it.
pub fn all_marks(engine: &dyn Engine, snapshot: &SnapshotRef) -> Outcome<Marks> {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let mark = StructType::new_unchecked([
            StructField::not_null("appId", DataType::STRING),
            StructField::not_null("version", DataType::LONG),
        ]);
        Arc::new(StructType::new_unchecked([StructField::nullable("txn", mark)]))
    });
    let mut marks = Marks::new();
    for batch in snapshot.log_segment().read_actions(engine, SCHEMA.clone())? {
        // Newest first: what is there already is newer.
        visit_marks(batch?.actions, |app, version| {
            marks.entry(app).or_insert(version);
        })?;
    }
    Ok(marks)
}

fn visit_marks(batch: Box<dyn EngineData>, mut visit: impl FnMut(String, i64)) -> Outcome<()> {
    let mut lines = Vec::new();
    append_lines(batch, &mut lines)?;
    for line in into_text(lines)?.lines() {
        let action: Value = serde_json::from_str(line).map_err(|e| BridgeError::corrupt(format!("a log action: {e}")))?;
        let mark = &action["txn"];
        if let (Some(app), Some(version)) = (mark["appId"].as_str(), mark["version"].as_i64()) {
            visit(app.to_owned(), version);
        }
    }
    Ok(())
}

fn append_lines(data: Box<dyn EngineData>, lines: &mut Vec<u8>) -> Outcome<()> {
    let batch: RecordBatch = data.try_into_record_batch()?;
    let mut writer = LineDelimitedWriter::new(lines);
    writer.write(&batch).and_then(|()| writer.finish()).map_err(|e| BridgeError::corrupt(format!("a log action: {e}")))
}

fn into_text(lines: Vec<u8>) -> Outcome<String> {
    String::from_utf8(lines).map_err(|e| BridgeError::corrupt(format!("a log action: {e}")))
}

/// The raw text of one commit. NotFound when that version does not exist.
pub fn read_commit(engine: &dyn Engine, root: &url::Url, version: u64) -> Outcome<String> {
    let path = root
        .join(&format!("_delta_log/{version:020}.json"))
        .map_err(|e| BridgeError::bad_input(format!("{root}: {e}")))?;
    let mut text = Vec::new();
    for part in engine.storage_handler().read_files(vec![(path, None)])? {
        text.extend_from_slice(&part?);
    }
    into_text(text)
}
