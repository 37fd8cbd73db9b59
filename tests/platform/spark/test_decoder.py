"""Every case of the C++ decoder through the Python one: by its fast way, which may pass an event on, and by the slow one
alone. And what no case has: events changed at random, where both ways must agree, with each other and with C++."""

import datetime
import decimal
import json
import random

import pytest
from event_cases import ARRIVED_AT, Case, base_fields, event_bytes, load_cases, long_events
from event_decoder import ARRIVAL_UNKNOWN, Decoder, Limits, Rejected, load_contract, parse_cut_columns
from job_settings import SettingsError, load_settings
from rcml_program import SEED
from twin import Lake

CASES = load_cases()
CONTRACT = load_contract()
EPOCH = datetime.datetime(1970, 1, 1)


def column_text(decoder, row, name):
    if name == "source_partition" or name == "source_offset":
        return {"source_partition": "3", "source_offset": "4711"}[name]  # The job's, never the event's.
    value = row[decoder.index[name]]
    if name == "event_ts":
        return (EPOCH + datetime.timedelta(microseconds=value)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return "null" if value is None else str(value)


@pytest.mark.parametrize("use_fast_way", [True, False], ids=["fast", "slow"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_outcome_is_that_of_the_case(case: Case, use_fast_way):
    decoder = Decoder(CONTRACT, Limits(**case.limits), use_fast_way)
    outcome = decoder.decode(case.event, ARRIVED_AT)
    if case.reason:
        assert isinstance(outcome, Rejected), outcome
        assert outcome.reason == case.reason, outcome.detail
        assert 0 < len(outcome.detail.encode()) <= 1024
        return
    assert not isinstance(outcome, Rejected), outcome
    assert {name: column_text(decoder, outcome, name) for name in case.row} == case.row


def test_the_cases_are_those_of_the_folder():
    assert len(CASES) > 150
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.reason for case in CASES} - {""} == set(CONTRACT["reasons"])


def test_good_events_take_the_fast_way():
    decoder = Decoder(CONTRACT, Limits())
    assert decoder._read_plain(event_bytes(base_fields()), ARRIVED_AT)[0] == "e1"


@pytest.mark.parametrize("use_fast_way", [True, False], ids=["fast", "slow"])
def test_without_an_arrival_only_the_bounds_of_the_lake_apply(use_fast_way):
    decoder = Decoder(CONTRACT, Limits(past_micros_max=1, future_micros_max=1), use_fast_way)

    def is_row(event_ts, arrived_at):
        event = event_bytes({**base_fields(), b"event_ts": b'"%s"' % event_ts.encode()})
        return not isinstance(decoder.decode(event, arrived_at), Rejected)

    for event_ts in ("1970-01-01T00:00:00Z", "2025-08-24T10:00:00Z", "2261-12-31T00:00:00Z"):
        assert is_row(event_ts, ARRIVAL_UNKNOWN)
        assert not is_row(event_ts, -2000)
    assert not is_row("2262-01-01T00:00:00Z", ARRIVAL_UNKNOWN)


def mutated(event, choose):
    """A byte changed, taken out or put in, up to three times; mostly of those that mean something to JSON."""
    pieces = [
        b'"',
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"0",
        b"e",
        b".",
        b"-",
        b"\x00",
        b"\xff",
        b"\\u0000",
        b" ",
    ]
    for _ in range(choose.randint(1, 3)):
        at = choose.randrange(len(event) + 1)
        event = event[:at] + choose.choice([*pieces, b""]) + event[at + choose.randint(0, 1) :]
    return event


CUT_COLUMNS = ["", "page,geo_city,device"]


def limits_that_cut(names):
    columns, faults = parse_cut_columns(CONTRACT, names)
    assert faults == []
    return Limits(cut_columns=columns)


@pytest.mark.parametrize("cut_columns", CUT_COLUMNS)
def test_both_ways_agree_on_random_events(cut_columns):
    choose, limits = random.Random(SEED), limits_that_cut(cut_columns)
    fast, slow = Decoder(CONTRACT, limits), Decoder(CONTRACT, limits, use_fast_way=False)
    sources = [case.event for case in CASES if len(case.event) < 2000 and not case.limits] + long_events(choose, 50)
    for _ in range(20_000):
        event = mutated(choose.choice(sources), choose)
        assert fast.decode(event, ARRIVED_AT) == slow.decode(event, ARRIVED_AT), f"{event!r}, seed {SEED}"


ROLL_MS = 60_000


def write_spool(folder, events):
    """A spool with one open segment (docs/formats/spool.md) whose events arrived at ARRIVED_AT; gives their offsets."""
    (folder / "0").mkdir(parents=True)
    about = {"version": 1, "name": "clicks", "partitions": 1, "roll_age_ms": ROLL_MS}
    (folder / "spool.json").write_text(json.dumps(about, separators=(",", ":")))
    created_at = ARRIVED_AT - 1000 * ROLL_MS
    segment = folder / "0" / f"{0:020}-{created_at}.ndjson.open"
    segment.write_bytes(b"".join(event + b"\n" for event in events))
    offsets, at = [], 0
    for event in events:
        offsets.append(at)
        at += len(event) + 1
    return offsets


def python_outcome(decoder, event):
    outcome = decoder.decode(event, ARRIVED_AT)
    if isinstance(outcome, Rejected):
        return outcome.reason, outcome.detail
    row = dict(zip(decoder.names, outcome, strict=True))
    if row["revenue"] is not None:
        row["revenue"] = str(decimal.Decimal(row["revenue"]).scaleb(-2).quantize(decimal.Decimal("0.01")))
    row["event_ts"] = str(EPOCH + datetime.timedelta(microseconds=row["event_ts"]))
    return row


def lake_outcome(row):
    if "reason" in row:
        return row["reason"], row["detail"]
    lineage = ("source_partition", "source_offset", "dt")
    revenue = row["revenue"]
    row = {name: value for name, value in row.items() if name not in lineage}
    return {
        **row,
        "event_ts": str(row["event_ts"].replace(tzinfo=None)),
        "revenue": revenue if revenue is None else str(revenue),
    }


@pytest.mark.parametrize("cut_columns", CUT_COLUMNS)
def test_python_and_cpp_agree_on_random_events(tmp_path, cut_columns):
    """`rcml stream` decodes the same bytes: row or reject, every value, the reason and its detail."""
    choose = random.Random(SEED)
    sources = [case.event for case in CASES if b"\n" not in case.event and not case.limits]
    small = [event for event in sources if len(event) < 2000]
    long = long_events(choose, 2_000)
    events = sources + long + [mutated(choose.choice(small + long[:50]), choose) for _ in range(20_000)]
    # The spool passes over blank lines, and takes a line's end for the event's.
    events = [event for event in events if event.strip() and b"\n" not in event and not event.endswith(b"\r")]
    offsets = write_spool(tmp_path / "spool", events)
    lake = Lake(tmp_path / "lake", {"RCML_TRUNCATE": cut_columns})
    said = lake.rcml("stream", "--from", f"spool:{tmp_path / 'spool'}", "--lake", lake.url, "--drain").stdout
    found = {row["source_offset"]: lake_outcome(row) for name in ("clicks", "rejects") for row in lake.rows(name)}
    assert len(found) == len(events)
    decoder, texts_cut = Decoder(CONTRACT, limits_that_cut(cut_columns)), 0
    for offset, event in zip(offsets, events, strict=True):
        assert python_outcome(decoder, event) == found[offset], f"{event[:500]!r}, seed {SEED}"
        texts_cut += decoder.texts_cut
    assert (texts_cut > 0) == bool(cut_columns)
    assert (f"{texts_cut} texts cut" in said) == bool(cut_columns), said


def test_a_column_that_may_not_be_cut_is_refused_with_those_that_may():
    arguments = ["--from", "kafka://localhost:9092/clicks", "--lake", "lake"]
    with pytest.raises(SettingsError) as refused:
        load_settings(arguments, {"RCML_TRUNCATE": "page,session_id,revenue"})
    assert "RCML_TRUNCATE: session_id may not be cut" in str(refused.value)
    assert "RCML_TRUNCATE: revenue may not be cut" in str(refused.value)
    assert "event_type, page, utm_campaign, device, geo_city, source" in str(refused.value)
    assert load_settings(arguments, {"RCML_TRUNCATE": "page"}).limits.cut_columns == {"page"}
