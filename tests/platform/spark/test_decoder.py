"""Every case of the C++ decoder through the Python one: by its fast way, which may pass an event on, and by the slow one
alone. And what no case has: events changed at random, where both ways must agree."""

import datetime
import random

import pytest
from event_cases import ARRIVED_AT, Case, base_fields, event_bytes, load_cases
from event_decoder import Decoder, Limits, Rejected, load_contract
from rcml_program import SEED

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


def test_both_ways_agree_on_random_events():
    choose = random.Random(SEED)
    fast, slow = Decoder(CONTRACT, Limits()), Decoder(CONTRACT, Limits(), use_fast_way=False)
    sources = [case.event for case in CASES if len(case.event) < 2000 and not case.limits]
    for _ in range(20_000):
        event = mutated(choose.choice(sources), choose)
        assert fast.decode(event, ARRIVED_AT) == slow.decode(event, ARRIVED_AT), f"{event!r}, seed {SEED}"
