//! A table handle: the snapshot of one version, and the marks (`txn` actions) that hold at it.
//!
//! The kernel finds a mark by replaying the log back to the newest checkpoint, once per app id. A stream asks for its
//! marks at every commit, so the handle keeps all of them in a map and moves it along: by its own commits, and on a
//! refresh by the commits that came since. Only the first look, or one that finds those commits already folded into a
//! checkpoint, reads everything. That keeps a commit's cost flat however long the log is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use delta_kernel::schema::StructType;
use delta_kernel::snapshot::SnapshotRef;
use delta_kernel::table_features::Operation;
use delta_kernel::{Engine, KernelError, Snapshot};
use serde_json::json;
use url::Url;

use crate::error::{chain_text, BridgeError, Outcome, Status};
use crate::{log_reader, store};

pub const ENGINE_INFO: &str = concat!("rcml/", env!("CARGO_PKG_VERSION"));

pub type Marks = BTreeMap<String, i64>;

pub struct Table {
    /// As the engine knows it.
    pub root: Url,
    pub engine: Arc<dyn Engine>,
    state: Mutex<State>,
}

/// What moves when the table moves. Replaced as a whole, so that a failure half-way leaves the old state standing.
#[derive(Clone)]
pub struct State {
    pub snapshot: SnapshotRef,
    /// None until somebody asks.
    pub marks: Option<Arc<Marks>>,
    /// Version of the newest checkpoint this handle knows of, -1 for none.
    pub checkpoint: i64,
}

impl Table {
    pub fn open(url: &str, options_json: &str) -> Outcome<Table> {
        let (root, engine) = store::open_engine(&store::parse_root(url)?, options_json)?;
        let snapshot = newest(&root, engine.as_ref())?;
        let checkpoint = checkpoint_of(&snapshot);
        let state = Mutex::new(State { snapshot, marks: None, checkpoint });
        Ok(Table { root, engine, state })
    }

    /// The state now. A panic while it was locked cannot have torn it: it is only ever replaced as a whole.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn refresh(&self) -> Outcome<i64> {
        let mut state = self.lock();
        let snapshot = Snapshot::builder_from(state.snapshot.clone()).build(self.engine.as_ref())?;
        let marks = match &state.marks {
            Some(known) => Some(self.carry_marks(known, state.snapshot.version(), &snapshot)?),
            None => None,
        };
        let checkpoint = checkpoint_of(&snapshot).max(state.checkpoint);
        *state = State { snapshot, marks, checkpoint };
        Ok(state.snapshot.version() as i64)
    }

    fn carry_marks(&self, known: &Arc<Marks>, from: u64, snapshot: &SnapshotRef) -> Outcome<Arc<Marks>> {
        if snapshot.version() == from {
            return Ok(known.clone());
        }
        let Some(newer) = log_reader::marks_since(&self.engine, snapshot, from + 1)? else {
            return Ok(Arc::new(log_reader::all_marks(self.engine.as_ref(), snapshot)?));
        };
        let mut all = known.as_ref().clone();
        all.extend(newer);
        Ok(Arc::new(all))
    }

    /// All marks at the handle's version.
    pub fn marks(&self) -> Outcome<Arc<Marks>> {
        let mut state = self.lock();
        if state.marks.is_none() {
            state.marks = Some(Arc::new(log_reader::all_marks(self.engine.as_ref(), &state.snapshot)?));
        }
        state.marks.clone().ok_or_else(|| BridgeError::new(Status::Bug, "marks were just read"))
    }

    pub fn describe(&self) -> Outcome<String> {
        let state = self.lock();
        let version = state.snapshot.version() as i64;
        let partition_columns = state.snapshot.table_configuration().metadata().partition_columns();
        let schema = serde_json::to_value(state.snapshot.schema().as_ref())
            .map_err(|e| BridgeError::corrupt(format!("schema of {}: {e}", self.root)))?;
        let configuration = state.snapshot.table_configuration();
        // The kernel checks this only at the first commit: a stream would decode for minutes before it failed.
        let write_refusal = configuration.ensure_operation_supported(Operation::Write).err().map(|error| chain_text(&error));
        let described = json!({
            "version": version,
            "writeRefusal": write_refusal.unwrap_or_default(),
            "id": configuration.metadata().id(),
            "properties": configuration.metadata().configuration(),
            "schema": schema,
            "partitionColumns": partition_columns,
            "commitsSinceCheckpoint": version - state.checkpoint,
        });
        Ok(described.to_string())
    }

    pub fn checkpoint(&self) -> Outcome<()> {
        let mut state = self.lock();
        let (_, snapshot) = state.snapshot.checkpoint(self.engine.as_ref(), None)?;
        state.checkpoint = snapshot.version() as i64;
        state.snapshot = snapshot;
        Ok(())
    }
}

/// Version 0, written here and not by the kernel: the kernel makes every table one of reader 3 / writer 7, which older
/// readers refuse though nothing of it is used.
pub fn create(url: &str, options_json: &str, schema_json: &str, partition_columns_json: &str, properties_json: &str) -> Outcome<()> {
    let (root, engine) = store::open_engine(&store::parse_root(url)?, options_json)?;
    let _: StructType = serde_json::from_str(schema_json).map_err(bad_json("schema"))?;
    let partition_columns: Vec<String> = serde_json::from_str(partition_columns_json).map_err(bad_json("partition columns"))?;
    let properties: BTreeMap<String, String> = serde_json::from_str(properties_json).map_err(bad_json("table properties"))?;
    let now_ms = chrono::Utc::now().timestamp_millis();
    let actions = [
        json!({"commitInfo": {"timestamp": now_ms, "operation": "CREATE TABLE", "operationParameters": {}, "engineInfo": ENGINE_INFO}}),
        json!({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}),
        json!({"metaData": {
            "id": uuid::Uuid::new_v4().to_string(),
            "format": {"provider": "parquet", "options": {}},
            "schemaString": schema_json,
            "partitionColumns": partition_columns,
            "configuration": properties,
            "createdTime": now_ms,
        }}),
    ];
    let text: String = actions.iter().map(|action| format!("{action}\n")).collect();
    let first = root.join("_delta_log/00000000000000000000.json").map_err(|e| BridgeError::bad_input(format!("{root}: {e}")))?;
    match engine.storage_handler().put(&first, text.into_bytes().into(), false) {
        Err(KernelError::FileAlreadyExists(_)) => Err(BridgeError::new(Status::Conflict, "another writer made the table first")),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(()),
    }
}

pub fn newest(root: &Url, engine: &dyn Engine) -> Outcome<SnapshotRef> {
    Ok(Snapshot::builder_for(root.as_str()).build(engine)?)
}

fn checkpoint_of(snapshot: &SnapshotRef) -> i64 {
    snapshot.log_segment().checkpoint_version.map_or(-1, |version| version as i64)
}

/// For `map_err` after a `serde_json` call: says which of the caller's texts was at fault.
pub fn bad_json(what: &'static str) -> impl Fn(serde_json::Error) -> BridgeError {
    move |error| BridgeError::bad_input(format!("{what}: {error}"))
}
