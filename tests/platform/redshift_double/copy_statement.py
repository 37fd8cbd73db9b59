"""copy_statement.py: COPY … FROM 's3://…' parsed whole, or refused with the rule it breaks.

Only Parquet is acted out. A parameter is either on the documented list for columnar files or it is refused: nothing is
skipped over, since what Redshift refuses must not pass here.
"""

import re
from dataclasses import dataclass, field

from refusals import COLUMNAR_PARAMETERS, COMPRESSION_PARAMETERS, RefusedError

_HEAD = re.compile(
    r"^\s*copy\s+(?P<table>[\w.#\x00]+)\s*(?P<columns>\([^)]*\))?\s*from\s+(?P<source>\x00\d+\x00|\w+)(?P<rest>.*)$",
    re.I | re.S,
)
_WORD = re.compile(r"\x00\d+\x00|[\w.]+|[^\s\w]")
_STRING_AFTER = {"iam_role", "credentials"}
_KEYS = {"access_key_id", "secret_access_key", "session_token"}  # CREDENTIALS takes them, for columnar files too.


@dataclass
class CopyStatement:
    table: str
    source: str
    role: str  # An ARN, or "default".
    parameters: set = field(default_factory=set)


def is_copy(bare_sql):
    return re.match(r"\s*copy\b", bare_sql, re.I) is not None


def parse_copy(masked, bare_sql):
    head = _HEAD.match(bare_sql)
    if head is None:
        raise RefusedError("format_missing", "syntax error in COPY", "42601")
    if not head["source"].startswith("\x00"):
        raise RefusedError(
            "from_stdin", f"COPY FROM {head['source'].upper()} is not supported: COPY reads from S3", "0A000"
        )
    if head["columns"]:
        raise RefusedError(
            "column_list", "Column list is not among the parameters that COPY takes for PARQUET", "0A000"
        )
    statement = CopyStatement(masked.fill(head["table"]), masked.literal(head["source"]), "")
    _read_parameters(statement, masked, _WORD.findall(head["rest"]))
    if not statement.role:
        raise RefusedError("no_authorization", "COPY needs authorization: IAM_ROLE or CREDENTIALS is missing", "42601")
    if left := statement.parameters - {"manifest", "statupdate"}:
        names = ", ".join(sorted(left)).upper()
        raise RefusedError(
            "not_acted_out", f"{names}: Redshift takes it for PARQUET, this double does not act it out", "0A000"
        )
    return statement


def _read_parameters(statement, masked, words):
    is_parquet = False
    unknown = []
    while words:
        word = words.pop(0).lower()
        if word in _STRING_AFTER:
            value = words.pop(0) if words else ""
            statement.role = masked.literal(value) if value.startswith("\x00") else value.lower()
        elif word == "authorization" or word == "as":
            continue
        elif word == "format":
            rest = [piece.lower() for piece in words[:2]]
            del words[: 2 if rest[:1] == ["as"] else 1]
            is_parquet = "parquet" in rest
        elif word == "parquet":
            is_parquet = True
        elif word in COLUMNAR_PARAMETERS:
            statement.parameters.add(word)
            if (
                word in ("acceptinvchars", "statupdate")
                and words
                and words[0].lower() in ("on", "off", "true", "false")
            ):
                words.pop(0)
        else:
            unknown.append(word)
    _refuse_unknown([word for word in unknown if not word.startswith("\x00")], is_parquet)


def _refuse_unknown(words, is_parquet):
    if not is_parquet:
        raise RefusedError("format_missing", "This double acts out COPY … FORMAT AS PARQUET only", "0A000")
    for word in words:
        case = "compression_parameter" if word in COMPRESSION_PARAMETERS else "keys" if word in _KEYS else "parameter"
        raise RefusedError(case, f"{word.upper()} argument is not supported for PARQUET based COPY", "0A000")
