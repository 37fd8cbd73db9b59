"""refusals.py: what the double refuses, in which words, and which page says that Redshift does.

A refusal is data, so that the tests and the printed list cannot drift from what the double does. Messages are Redshift's
own where they are known from public threads; where not, they name the rule.
"""

import re
from dataclasses import dataclass

DG = "https://docs.aws.amazon.com/redshift/latest/dg/"
COLUMNAR = DG + "copy-usage_notes-copy-from-columnar.html"
MANIFEST = DG + "loading-data-files-using-manifest.html"
CHARACTER = DG + "r_Character_types.html"
FEATURES = DG + "c_unsupported-postgresql-features.html"
FUNCTIONS = DG + "c_unsupported-postgresql-functions.html"
POSTGRES_SQL = DG + "c_redshift-and-postgres-sql.html"
COPY = DG + "r_COPY.html"
CREDENTIALS = DG + "copy-parameters-authorization.html"


class RefusedError(Exception):
    """One statement refused; `case` is the key of the list below, `reason` what the load history says."""

    def __init__(self, case, message, state="XX000", detail="", reason=""):
        super().__init__(message)
        self.case, self.message, self.state, self.detail, self.reason = case, message, state, detail, reason or message


# case -> page. Every case has a test of its name in ../redshift/test_refusals.py.
COPY_CASES = {
    "parameter": COLUMNAR,
    "keys": COLUMNAR,
    "not_acted_out": COLUMNAR,
    "compression_parameter": COLUMNAR,
    "column_list": COLUMNAR,
    "format_missing": COPY,
    "from_stdin": COPY,
    "role": CREDENTIALS,
    "no_authorization": CREDENTIALS,
    "manifest_missing": MANIFEST,
    "manifest_not_json": MANIFEST,
    "manifest_url": MANIFEST,
    "content_length_missing": MANIFEST,
    "content_length_wrong": MANIFEST,
    "file_missing": MANIFEST,
    "manifest_finds_nothing": MANIFEST,
    "prefix_empty": COPY,
    "not_parquet": COLUMNAR,
    "column_count": COLUMNAR,
    "column_type": COLUMNAR,
    "nanoseconds": COLUMNAR,
    "unannotated_text": COLUMNAR,
    "nested": COLUMNAR,
    "length_bytes": CHARACTER,
    "null_in_not_null": COLUMNAR,
    "invalid_utf8": COLUMNAR,
}
# Nanoseconds: Redshift loads them, as dates of the year 161065 (apache/arrow#38000). A column list: users report that it
# works, the page does not list it.
IS_STRICTER = {"nanoseconds", "not_acted_out", "column_list"}

# The whole list of parameters that COPY takes for columnar files, beside FROM, IAM_ROLE and CREDENTIALS; whatever else is
# given is refused.
COLUMNAR_PARAMETERS = {"acceptinvchars", "fillrecord", "statupdate", "manifest", "explicit_ids"}
COMPRESSION_PARAMETERS = {"gzip", "lzop", "bzip2", "zstd"}


@dataclass(frozen=True)
class Rule:
    """A construct of PostgreSQL that Redshift does not have. `pattern` sees SQL without literals and comments."""

    case: str
    pattern: str
    message: str
    page: str
    example: str


SQL_RULES = [
    Rule("savepoint", r"^\s*(savepoint|release|rollback\s+to)\b", "SAVEPOINT is not supported", POSTGRES_SQL, "savepoint a"),
    Rule("index", r"^\s*create\s+(unique\s+)?index\b", "CREATE INDEX is not supported", FEATURES,
         "create index i on raw.t (a)"),
    Rule("table_partitions", r"\bpartition\s+(by\s+(range|list)\s*\(|of\b)", "PARTITION BY of tables is not supported",
         FEATURES, "create table p (a int) partition by range (a)"),
    Rule("check_constraint", r"^\s*(create|alter)\s.*\bcheck\s*\(", "CHECK constraints are not supported", FEATURES,
         "create table c (a int check (a > 0))"),
    Rule("trigger", r"^\s*create\s+(or\s+replace\s+)?(trigger|rule)\b", "Triggers and rules are not supported", FEATURES,
         "create trigger t before insert on raw.t execute procedure f()"),
    Rule("sequence", r"^\s*create\s+sequence\b", "CREATE SEQUENCE is not supported", FEATURES, "create sequence s"),
    Rule("on_conflict", r"\bon\s+conflict\b", 'syntax error at or near "conflict"', POSTGRES_SQL,
         "insert into raw.t values (1) on conflict do nothing"),
    Rule("returning", r"\breturning\b", 'syntax error at or near "returning"', POSTGRES_SQL,
         "delete from raw.t returning a"),
    Rule("distinct_on", r"\bselect\s+distinct\s+on\s*\(", "SELECT DISTINCT ON is not supported", POSTGRES_SQL,
         "select distinct on (a) a from raw.t"),
    Rule("filter_clause", r"\bfilter\s*\(\s*where\b", 'syntax error at or near "("', POSTGRES_SQL,
         "select count(*) filter (where a > 0) from raw.t"),
    Rule("is_distinct_from", r"\bis\s+(not\s+)?distinct\s+from\b", "IS DISTINCT FROM is not supported", FEATURES,
         "select a is distinct from 1 from raw.t"),
    Rule("lateral", r"\blateral\b", "LATERAL is not supported", FEATURES,
         "select * from raw.t, lateral (select a) as l"),
    Rule("window_clause", r"\bwindow\s+\w+\s+as\s*\(", 'syntax error at or near "window"', POSTGRES_SQL,
         "select sum(a) over w from raw.t window w as (order by a)"),
    Rule("values_table", r"\bfrom\s*\(\s*values\b", "VALUES lists as constant tables are not supported", FEATURES,
         "select * from (values (1)) as v (a)"),
    Rule("collation", r"\bcollate\s+\x00", "Named collations are not supported", FEATURES,
         'select a from raw.t order by cast(a as varchar(9)) collate "C"'),
    Rule("array_constructor", r"\barray\s*\[", "ARRAY constructors are not supported", FEATURES, "select array[1, 2]"),
    Rule("make_interval", r"\bmake_interval\s*\(", "function make_interval is not supported", FUNCTIONS,
         "select make_interval(1)"),
    Rule("aggregate_functions", r"\b(string_agg|array_agg|every|json_agg|jsonb_agg|xmlagg)\s*\(",
         "The function is not supported; use LISTAGG", FUNCTIONS, "select string_agg(cast(a as varchar(9)), '') from raw.t"),
    Rule("set_functions", r"\b(generate_series|generate_subscripts|regexp_split_to_table)\s*\(",
         "Set-returning functions are not supported on compute nodes", FUNCTIONS, "select generate_series(1, 3)"),
    Rule("advisory_locks", r"\bpg_(try_)?advisory_\w*lock\w*\s*\(", "Advisory locks are not supported", FUNCTIONS,
         "select pg_advisory_lock(1)"),
    Rule("clock_functions", r"\b(clock_timestamp|transaction_timestamp|statement_timestamp|pg_sleep|justify_\w+)\s*\(",
         "The function is not supported", FUNCTIONS, "select clock_timestamp()"),
    Rule("text_functions", r"\b(overlay|format|quote_nullable|regexp_matches|regexp_split_to_array)\s*\(",
         "The function is not supported", FUNCTIONS, "select format('%s', 'a')"),
    Rule("reset_state", r"^\s*(deallocate\s+all|discard\s+all)\b", "The statement is not supported", POSTGRES_SQL,
         "discard all"),
    Rule("unlogged", r"^\s*create\s+unlogged\b", "UNLOGGED is not supported", FEATURES, "create unlogged table u (a int)"),
    Rule("extension", r"^\s*create\s+extension\b", "CREATE EXTENSION is not supported", FEATURES,
         "create extension pg_trgm"),
]  # fmt: skip
_COMPILED = [(rule, re.compile(rule.pattern, re.I | re.S)) for rule in SQL_RULES]


def refused_construct(bare_sql):
    """The first rule that SQL (literals and comments masked) breaks, as the error; None when there is none."""
    for rule, pattern in _COMPILED:
        if pattern.search(bare_sql):
            return RefusedError(rule.case, rule.message, "0A000", f"{rule.case}: {rule.page}")
    return None
