"""Downloads for spreadsheets: no cell is read as a formula, and letters stay what they are."""

import json
import shutil

import duckdb
import listeners
import pytest
import viewer
from wire import ask

BOM = b"\xef\xbb\xbf"
FORMULA_STARTS = tuple("=+-@\t")
HOSTILE = [
    "a;=cmd|'/C calc'!A0",
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "a\n=1",
    "a\r\n+1",
    "a\r@x",
    "a\n\n-1",
    'a";=1;"',
    'a"\n=1',
    "a,=1",
    "Zürich",
    "'=1",
    " =1",
    '""',
]
TARGETS = ["/api/campaigns?range=all&bots=include", "/api/events?range=all&bots=include"]


@pytest.fixture(scope="module")
def hostile_page(folder, tmp_path_factory):
    """The same marts with hostile campaigns, cities and pages."""
    hostile = tmp_path_factory.mktemp("csv")
    copy = shutil.copy(folder / "shop.published.duckdb", hostile)
    with duckdb.connect(str(copy)) as marts:
        marts.execute("create table hostile as select unnest(?::varchar[]) as text", [HOSTILE])
        marts.execute("create table numbered as select text, row_number() over () - 1 as no from hostile")
        for table, column in (("fct_sessions", "utm_campaign"), ("int_events", "page"), ("int_events", "geo_city")):
            marts.execute(
                f"update marts.{table} set {column} = n.text from numbered n where n.no = hash({table}.client_key) % ?",
                [len(HOSTILE)],
            )
    page = listeners.start_page(hostile)
    viewer.warm_up(page)
    yield page
    page.stop()


def cells_of(text):
    """Rows of (cell, is quoted). RFC 4180 and nothing else: what it does not allow is an AssertionError."""
    rows, row, at = [], [], 0
    while at < len(text):
        cell, at, quoted = next_cell(text, at)
        row.append((cell, quoted))
        if text.startswith(",", at):
            at += 1
        else:
            assert text.startswith("\r\n", at), f"no line end behind {cell!r}: {text[at : at + 20]!r}"
            rows.append(row)
            row, at = [], at + 2
    assert not row, "the last line has no end"
    return rows


def next_cell(text, at):
    if not text.startswith('"', at):
        end = min(position for position in (text.find(",", at), text.find("\r\n", at)) if position >= 0)
        assert not set(text[at:end]) & set('"\r\n'), f"a cell that has to be quoted: {text[at:end]!r}"
        return text[at:end], end, False
    cell, at = "", at + 1
    while True:
        end = text.index('"', at)
        cell += text[at:end]
        at = end + 1
        if not text.startswith('"', at):
            return cell, at, True
        cell, at = cell + '"', at + 1


def line_starts(cell):
    return cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@pytest.mark.parametrize("target", TARGETS)
def test_csv_is_harmless(hostile_page, target, case):
    with case.attack(hostile_page):
        answer = ask(hostile_page.address, target + "&format=csv")
        as_json = json.loads(ask(hostile_page.address, target).body)
    case.outcome = f"{answer.status}, {len(answer.body)} bytes, begins with {answer.body[:3].hex()}"
    assert answer.header("Content-Type").startswith("text/csv")
    assert answer.body.startswith(BOM), "no byte order mark"
    head, *rows = cells_of(answer.body[len(BOM) :].decode())
    wanted = as_json if isinstance(as_json, list) else as_json["rows"]
    assert len(rows) == len(wanted) > 0
    texts = 0
    for row, record in zip(rows, wanted, strict=True):
        for (cell, quoted), (name, _), value in zip(row, head, record.values(), strict=True):
            if isinstance(value, str):
                texts += 1
                check_text(cell, quoted, value, name)
    case.outcome += f", {texts} texts"


def check_text(cell, quoted, value, name):
    assert quoted, f"a text of {name} is not quoted: {cell!r}"
    assert not [line for line in line_starts(cell) if line.startswith(FORMULA_STARTS)], f"{name} runs: {cell!r}"
    without_guard = "".join(cell.split("'"))
    assert without_guard == "".join(value.split("'")), f"{name} is changed: {cell!r} of {value!r}"
