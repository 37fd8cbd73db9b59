// The one table of settings. A new setting is one entry here; everything else follows.
#include "core/settings.h"

namespace rcml {
namespace {

using enum SettingType;

// clang-format off: one setting a line.
constexpr SettingSpec kTable[] = {
    // Where things are.
    {"source.from", text, "", "stream,audit,lake adopt,spool,doctor", "URL", "Log of events to read: spool:DIR or kafka://HOST:PORT/TOPIC"},
    {"source_name", text, "", "stream,audit,lake adopt,spool log,spool trim,doctor", "NAME", "Name of the log in the lake's marks and file names; without it, the topic or the spool's own name. Needed when two logs of one name feed one lake"},
    {"source.absent_offsets", text, "auto", "stream,audit", "WHAT", "What a Kafka offset without an event means. auto: ask the broker whether compaction or transactions explain it, else it is a loss; expected: never a loss (the broker does not tell, or the topic was compacted once); suspect: always a loss (this topic has neither)", {}, "auto|expected|suspect"},
    {"lake", text, "", "stream,load,audit,rejects,lake,spool log,spool trim,dashboard,run,doctor", "URL", "The lake: a folder or s3://BUCKET/PREFIX"},
    {"warehouse", text, "", "load,transform,publish,audit,dashboard,run,doctor", "URL", "duckdb:FILE, postgres://USER@HOST:PORT/DB or redshift://USER@HOST:PORT/DB; a password goes after the user: USER:PASSWORD@HOST"},
    {"env_file", text, ".env", "*", "FILE", "File of KEY=VALUE lines to take settings from"},
    {"log_level", text, "info", "*", "LEVEL", "How much is logged on stderr", {}, "debug|info|warn|error|off"},

    // Sink.
    {"sink.group", text, "rcml", "stream,audit,lake adopt,spool log,spool trim,doctor", "NAME", "Name of the consumer group; part of the marks in the lake's log"},
    {"sink.drain", flag, "false", "stream", "", "Stop when everything that is there now has been committed"},
    {"sink.flush_rows_max", count, "2M", "stream", "N", "Commit at the latest after this many events", {}, {}, 1},
    {"sink.flush_bytes_max", bytes, "256MiB", "stream", "SIZE", "Commit at the latest after this much Parquet is pending", {}, {}, 1 << 20},
    {"sink.flush_age_ms_max", millis, "10s", "stream", "TIME", "Commit at the latest when the oldest pending event is this old, also on an idle log", {}, {}, 10},
    {"sink.memory_bytes_max", bytes, "256MiB", "stream", "SIZE", "Memory for pending events, of the commit under way and of the next together; reaching a half commits", {}, {}, 32 << 20},
    {"sink.open_dts_max", count, "64", "stream", "N", "Dates for which one encoder keeps a file open; events of further dates wait in memory and are written date by date. Fewer when the limit of open files asks for it", {}, {}, 1, 4096},
    {"sink.encoders", count, "2", "stream", "N", "Threads that decode and encode", {}, {}, 1, 64},
    {"sink.codec", text, "zstd", "stream", "CODEC", "Compression of the Parquet files", {}, "zstd|snappy"},
    {"truncate", list, "", "stream,import,rejects replay", "COLUMN[,COLUMN…]", "Columns where an over-long text is cut at the column's length, between two characters; elsewhere the event is a reject (docs/formats/event.md)"},
    {"sink.event_bytes_max", bytes, "1MB", "stream,import,rejects replay", "SIZE", "Larger events become rejects"},
    {"sink.ts_past_max", millis, "", "stream,rejects replay", "TIME", "Reject events older than this at their arrival (default: 30d for Kafka, no bound for a spool; a replay has 30d for rejects of reason ts_range and no bound for others)"},
    {"sink.ts_future_max", millis, "5m", "stream,rejects replay", "TIME", "Reject events this much ahead of their arrival"},
    {"sink.on_gap", text, "stop", "stream,lake adopt", "WHAT", "When offsets were deleted before they were read, or the lake to adopt lacks events: stop, or resume after the hole and write it down for the audit", {}, "stop|resume"},

    {"sink.metrics", text, "", "stream,doctor", "HOST:PORT", "Serve /metrics (Prometheus) and /healthz there, e.g. 127.0.0.1:9464"},
    {"sink.metrics_allow_host", list, "", "stream", "NAME", "Serve the metrics for this host name, besides localhost and IP addresses. Without it every name works, but on loopback none. Needed on loopback behind a proxy that passes its own name on"},
    {"sink.stall_max", millis, "60s", "stream", "TIME", "/healthz turns red when events wait and nothing was committed for this long", {}, {}, 100},
    {"sink.outage_max", millis, "1h", "stream", "TIME", "How long a store that does not answer is tried again before the program ends with exit code 3; /healthz is red meanwhile. Looked at between two requests, each of which takes up to a minute of tries by itself. A lake on a disk: 60s at the most", {}, {}, 0},
    {"kafka_property", list, "", "stream,audit,lake adopt,generate,import,doctor", "NAME=VALUE", "A librdkafka property, e.g. security.protocol=SASL_SSL; also RCML_KAFKA_SECURITY_PROTOCOL=…"},

    // Generate.
    {"out", text, "", "generate,import", "URL", "Where events go: spool:DIR, kafka://HOST:PORT/TOPIC or - for standard output"},
    {"broker.partitions", count, "1", "generate,import", "N", "Partitions of a new spool or topic", {}, {}, 1, 10000},
    {"broker.create_topic", flag, "false", "generate,import", "", "Create the Kafka topic when it is missing"},
    {"generate.seed", count, "1", "generate", "N", "Same seed, same options: same events, on any machine", {}, {}, 0},
    {"generate.start", text, "2025-09-01", "generate", "DATE", "First simulated UTC date"},
    {"generate.days", count, "7", "generate", "N", "Simulated days", {}, {}, 1, 3660},
    {"generate.events", count, "", "generate", "N", "Exactly so many good events (default: 100k a day)", {}, {}, 1},
    {"generate.profile", text, "realistic", "generate", "NAME", "Rates of all faults at once", {}, "clean|realistic|hostile"},
    {"generate.duplicates", rate, "", "generate", "RATE", "Extra copies, e.g. 0.5% (default: as the profile has it)"},
    {"generate.late", rate, "", "generate", "RATE", "Events that arrive 1 hour to 3 days late (default: as the profile has it)"},
    {"generate.out_of_order", rate, "", "generate", "RATE", "Events that arrive seconds to minutes late (default: as the profile has it)"},
    {"generate.malformed", rate, "", "generate", "RATE", "Extra lines that must become rejects (default: as the profile has it)"},
    {"generate.bots", rate, "", "generate", "RATE", "Share of the events made by bots (default: as the profile has it)"},
    {"generate.live", flag, "false", "generate", "", "In real time instead of simulated time"},
    {"generate.rate", text, "500/s", "generate", "N/s", "Live: events per second"},
    {"generate.for", millis, "", "generate", "TIME", "Live: stop after this long (default: when told to)", {}, {}, 1000},
    {"generate.threads", count, "0", "generate", "N", "Threads; 0 is one per core; never changes the output", {}, {}, 0, 256},
    {"generate.truth", text, "", "generate", "DIR", "Write truth.json there: what really happened (docs/formats/truth.md)"},
    {"generate.truth_ids", flag, "false", "generate", "", "Beside the truth, event_ids.txt with every good event's id"},
    {"generate.check", flag, "false", "generate", "", "Compare the run with the calibration and print the table; exit 4 when it fails"},

    // Warehouse.
    {"warehouse.lock_wait", millis, "60s", "load,transform,publish,audit,run,doctor", "TIME", "How long to wait for another loader, or for a program that keeps the DuckDB file open", {}, {}, 0},
    {"warehouse.retry_count_max", count, "5", "load,transform,publish,audit,run,doctor", "N", "How often a load is tried again after a lost connection or a lost race", {}, {}, 0, 100},
    {"warehouse.duckdb_memory_bytes_max", bytes, "1GiB", "load,transform,publish,audit,run,doctor", "SIZE", "Memory DuckDB may use", {}, {}, 64 << 20},
    {"warehouse.duckdb_threads", count, "2", "load,transform,publish,audit,run,doctor", "N", "Threads DuckDB may use", {}, {}, 1, 256},
    {"warehouse.tls_root_file", text, "", "load,transform,publish,audit,run,doctor", "FILE", "CA bundle that Redshift's certificate is checked with (default: the system's)", "RS_SSLROOTCERT"},
    {"redshift.copy_role_arn", text, "", "load,run,doctor", "ARN", "IAM role that COPY reads S3 with (default: the cluster's default role)", "RS_ROLE_ARN"},
    {"redshift.manifest_url", text, "", "load,run,doctor", "URL", "Folder on S3 for COPY manifests (default: _manifests/ in the lake)"},

    // Load.
    {"load.replace_dt", text, "", "load", "FROM..TO", "Load these dates again, one transaction per table (a date, a range or all)"},
    {"load.dry_run", flag, "false", "load", "", "Print SQL and manifests, connect to nothing"},
    {"load.since_version", count, "", "load", "N", "Compare the whole ledger with all live files, and not only what changed since the last load (any N does)", {}, {}, 0},
    {"load.batch_bytes_max", bytes, "512MiB", "load", "SIZE", "One transaction loads about this much Parquet", {}, {}, 1},
    {"load.batch_files_max", count, "1000", "load", "N", "One transaction loads at most this many files", {}, {}, 1, 100000},
    {"load.scratch_folder", text, "", "load", "DIR", "Where copies pass through on their way into the warehouse: files of a lake on S3 into DuckDB, and files with a deletion vector (default: beside a DuckDB file, else the folder for temporary files)"},

    // Care of the lake, and what was set aside.
    {"lake.table", text, "", "lake log,lake compact,lake vacuum,lake checkpoint", "NAME", "Only this table (default: both)", {}, "clicks|rejects"},
    {"newest", count, "20", "lake log,rejects list,spool log", "N", "How many of the newest are listed", {}, {}, 0, 1'000'000},
    {"json", flag, "false", "lake log,rejects list,rejects show,spool log,doctor", "", "Print it as JSON"},
    {"lake.dt", text, "", "lake compact", "DATE", "Only files of this date"},
    {"lake.file_bytes_min", bytes, "64MiB", "lake compact", "SIZE", "Smaller files are merged", {}, {}, 1},
    {"lake.file_bytes_max", bytes, "256MiB", "lake compact", "SIZE", "A merged file gets about this large at most", {}, {}, 1},
    {"lake.orphan_age_min", millis, "7d", "lake vacuum", "TIME", "Data files unnamed for this long, and uploads begun this long ago, are removed; at least 1h", {}, {}, 3'600'000},
    {"lake.log_age_min", millis, "", "lake vacuum", "TIME", "Also remove entries of the table's history this old that a checkpoint covers (default: keep all)", {}, {}, 3'600'000},
    {"lake.same_log", flag, "false", "lake adopt", "", "The log is the one that the lake has read, though it has another id now: it was restored, or moved with its offsets"},
    {"lake.dry_run", flag, "false", "lake vacuum,lake adopt,rejects replay,spool trim", "", "Tell what would be done, do nothing"},
    {"rejects.reason", text, "", "rejects list,rejects replay", "NAME", "Only rejects of this reason"},
    {"rejects.dt", text, "", "rejects list,rejects replay", "DATE", "Only rejects of this UTC date of arrival in the lake"},

    // Retention of a spool.
    {"spool.before", text, "", "spool trim", "TIME", "Remove segments whose events all arrived before this date (UTC) or time with a zone"},
    {"spool.keep", text, "", "spool trim", "TIME|N", "Remove segments older than this time, e.g. 30d, or all but the newest N of each partition"},
    {"spool.forget_lake", list, "", "spool trim", "URL", "This lake is gone, or no longer filled from the spool: do not keep anything for it"},

    // Import and contract.
    {"import.format", text, "", "import", "NAME", "What the file is", {}, "otto|csv|ndjson"},
    {"import.map", list, "", "import", "COLUMN=FIELD", "Our column and the file's field that fills it; a field named like a column needs none"},
    {"import.event_type_map", list, "", "import", "THEIRS=OURS", "Event types to rename, e.g. view=product_view"},
    {"import.set", list, "", "import", "COLUMN=TEXT", "Give every event this text where the file has none"},
    {"import.ts_unit", text, "iso", "import", "UNIT", "What event_ts is in the file: ISO-8601 with a zone, SQL text (UTC when it has no zone), or a number since 1970", {}, "iso|sql|s|ms|us"},
    {"import.delimiter", text, ",", "import", "CHAR", "Between the fields of a CSV; the word tab for a tab"},
    {"import.source_name", text, "", "import", "NAME", "Part of the ids made for events that have none (default: the file's name without .gz)"},
    {"import.rejects_file", text, "", "import", "FILE", "Where bad lines go (default: NAME.rejects.ndjson in the current folder)"},
    {"contract.target", text, "duckdb", "contract ddl", "NAME", "Whose SQL", {}, "duckdb|postgres|redshift"},

    // Transform.
    {"transform.dbt_bin", text, "", "transform,run,doctor", "FILE", "The dbt program (default: the one that setup-dbt or tools/setup.sh installed, then PATH)"},
    {"transform.project_dir", text, "", "transform,run,doctor", "DIR", "The dbt project (default: dags/clickstream, here or with the program)"},
    {"transform.select", list, "", "transform", "SELECTOR", "Build only these models (dbt --select)"},
    {"transform.full_refresh", flag, "false", "transform", "", "Rebuild incremental models from scratch"},
    {"transform.publish", flag, "true", "transform", "", "DuckDB: publish a copy for readers after a build without failures"},

    // Audit.
    {"audit.truth", text, "", "audit", "DIR", "Compare the marts with the generator's truth in this folder"},
    {"audit.report", text, "", "audit", "FILE", "Also write the report there as JSON; auto: beside a DuckDB warehouse, where the page's Pipeline view looks, and nowhere for the others"},
    {"audit.full", flag, "false", "audit", "", "Read everything again, whatever earlier audits have proven"},
    {"audit.json", flag, "false", "audit", "", "Print the report as JSON"},

    // Live page.
    {"dashboard.listen", text, "127.0.0.1:8080", "dashboard,demo,doctor", "HOST:PORT", "Where the page is served; port 0 takes any free one"},
    {"dashboard.token", text, "", "dashboard", "TOKEN", "Viewers must show this token once; set it in the environment or use --token-file, as other users of the machine can read a command line. Beyond loopback or behind a proxy, with neither --token nor --token-file, one is generated and printed", {}, {}, INT64_MIN, INT64_MAX, true},
    {"dashboard.token_file", text, "", "dashboard,doctor", "FILE", "Read the token from the first line of this file"},
    {"dashboard.allow_remote", flag, "false", "dashboard", "", "Listen beyond loopback without a token, because something in front of the page checks who asks"},
    {"dashboard.allow_host", list, "", "dashboard", "NAME", "Also serve the page for this host name; localhost and IP addresses always work, any other name is refused"},
    {"dashboard.trust_proxy", list, "", "dashboard", "ADDRESS", "Trust X-Forwarded-For and X-Forwarded-Proto from this address or network, e.g. 127.0.0.1 or 172.16.0.0/12"},
    {"dashboard.secure_cookie", flag, "false", "dashboard", "", "Viewers connect over TLS: send the session cookie only over TLS"},
    {"dashboard.queries_max", count, "2", "dashboard", "N", "How many of the page's questions the program answers at the same moment", {}, {}, 1, 64},
    {"dashboard.query_queue_max", count, "64", "dashboard", "N", "How many further questions may wait; beyond that the oldest is turned away, and the page tries it again", {}, {}, 1, 10'000},
    {"dashboard.query_time_max", millis, "10s", "dashboard", "TIME", "A question that takes longer is ended", {}, {}, 100, 60'000},

    // Clock and demo.
    {"run.every", millis, "", "run", "TIME", "Repeat at each whole multiple of this time, e.g. 1h; without it once", {}, {}, 1000},
    {"run.retry_delay", millis, "5m", "run", "TIME", "With --every: a round that met an unavailable lake or warehouse is tried again after this time", {}, {}, 1000},
    {"run.care_every", millis, "1d", "run", "TIME", "With --every: compact, vacuum and checkpoint the lake after the first round in each whole multiple of this time; 0 never", {}, {}, 0},
    {"run.audit", flag, "true", "run", "", "Audit the lake against the warehouse after each round"},
    {"doctor.wait", millis, "20s", "doctor", "TIME", "How long one check may take before it has failed", {}, {}, 1000},
    {"demo.dir", text, "var/demo", "demo", "DIR", "Folder the demo makes and works in"},
    {"demo.events", count, "1M", "demo", "N", "Events to simulate", {}, {}, 1000},
    {"demo.serve", flag, "true", "demo", "", "Show the page at the end; --no-serve stops after the audit"},
};
// clang-format on

}  // namespace

std::span<const SettingSpec> setting_table() { return kTable; }

}  // namespace rcml
