"""`rcml rejects list|show`: what was set aside, as a person sees it."""

import collections
import json
import subprocess

from rcml_program import RCML, Job, lake_column, run


def test_the_list_counts_what_the_lake_holds(tmp_path):
    job = Job(tmp_path, events=5_000, profile="hostile", partitions=2)
    job.stream("--flush-rows-max", "1k")
    reasons = lake_column(job.lake, "reason", "rejects")
    listed = json.loads(run("rejects", "list", "--lake", job.lake, "--newest", "7", "--json").stdout)
    counted = collections.Counter()
    for line in listed["counts"]:
        counted[line["reason"]] += line["rejects"]
    assert counted == collections.Counter(reasons)
    assert len(listed["newest"]) == 7
    times = [reject["ingested_at"] for reject in listed["newest"]]
    assert times == sorted(times, reverse=True)
    reason = reasons[0]
    chosen = json.loads(run("rejects", "list", "--lake", job.lake, "--reason", reason, "--json").stdout)
    assert sum(line["rejects"] for line in chosen["counts"]) == counted[reason]
    assert {reject["reason"] for reject in chosen["newest"]} == {reason}
    assert json.loads(run("rejects", "list", "--lake", job.lake, "--dt", "1999-01-01", "--json").stdout) == {
        "counts": [],
        "newest": [],
    }
    assert f"{len(reasons)} rejects" in run("rejects", "list", "--lake", job.lake).stdout


def test_show_gives_back_the_bytes_as_they_came(tmp_path):
    job = Job(tmp_path, events=5_000, profile="hostile")
    job.stream()
    names = ("source_partition", "source_offset", "raw", "reason")
    rows = zip(*(lake_column(job.lake, name, "rejects") for name in names), strict=True)
    reasons_seen = set()
    for partition, offset, raw, reason in rows:
        if reason in reasons_seen:
            continue
        reasons_seen.add(reason)
        done = subprocess.run(
            [RCML, "rejects", "show", str(partition), str(offset), "--lake", job.lake], capture_output=True, check=True
        )
        assert done.stdout == raw + b"\n"
        assert reason.encode() in done.stderr
        (shown,) = json.loads(run("rejects", "show", partition, offset, "--lake", job.lake, "--json").stdout)
        assert (bytes.fromhex(shown["raw_hex"]) if "raw_hex" in shown else shown["raw"].encode()) == raw
        assert (shown["partition"], shown["offset"], shown["reason"]) == (partition, offset, reason)
    assert "bad_unicode" in reasons_seen


def test_a_position_that_is_no_reject_is_said_so(tmp_path):
    job = Job(tmp_path, events=1_000, profile="clean")
    job.stream()
    assert (
        "there is no reject of partition 0, offset 4711"
        in run("rejects", "show", 0, 4711, "--lake", job.lake, code=2).stderr
    )
    assert "two whole numbers" in run("rejects", "show", "first", "--lake", job.lake, code=2).stderr
