"""From a topic into a lake on S3: a crash at each named step, and two workers who both think a partition theirs."""

import os
import subprocess

import pytest
from rcml_program import IS_FULL, wait_until
from topic_job import SMALL_FLUSH, TopicJob, finish, stop_all

CRASH_POINTS = [
    "parquet.write",
    "parquet.close",
    "sink.encoded_batch",
    "sink.before_finish",
    "sink.after_finish",
    "sink.before_rejects_commit",
    "sink.after_rejects_commit",
    "sink.before_clicks_commit",
    "sink.after_clicks_commit",
]


def group(number):
    """A broker's group of its own for each run: none waits for the dead one before it. The lake's marks are the same."""
    return ["--kafka-property", f"group.id=crashes-{number}"]


def test_a_crash_at_each_step_loses_and_doubles_nothing(tmp_path, kafka, s3):
    """One lake goes through all of them: each crash meets what the one before left behind."""
    rounds = 3 if IS_FULL else 1
    job = TopicJob(tmp_path, kafka, "crashes", lake=f"s3://{s3.bucket}/crashes", lake_env=s3.env())
    job.generate(rounds * len(CRASH_POINTS) * 8_000, "hostile")
    for number, point in enumerate(CRASH_POINTS * rounds):
        done = job.drain(*SMALL_FLUSH, *group(number), code=None, more_env={"RCML_CRASH_AT": f"{point}:1"})
        assert done.returncode == 137, f"{point} was not reached\n{done.stderr}"
    job.drain(*group("end"))
    job.check_truth()
    print(f"{rounds * len(CRASH_POINTS)} crashes")


def test_two_workers_on_one_partition_on_purpose(tmp_path, kafka, processes):
    """Two groups at the broker, one name in the lake: the marks alone keep them apart."""
    job = TopicJob(tmp_path, kafka, "contested")
    processes.append(writer := job.start_live(rate=3000, seconds=120, partitions=1))
    workers = [job.start_worker("--kafka-property", f"group.id=contested-{i}") for i in range(2)]
    processes += workers
    for number in (1, 2):
        wait_until(lambda number=number: "another worker moved our partition" in job.log_of(number))
    finish(writer)
    stop_all(workers)
    job.drain("--kafka-property", "group.id=contested-end")
    job.check_truth()


def test_a_full_disk_is_named_and_the_next_run_goes_on(tmp_path, kafka):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("cannot mount a tmpfs here (needs root)")
    try:
        job = TopicJob(tmp_path, kafka, "full-disk", lake=str(disk / "lake")).generate(150_000)
        done = job.drain(*SMALL_FLUSH, code=3)
        assert "No space left on device" in done.stderr and str(disk) in done.stderr
        subprocess.run(["mount", "-o", "remount,size=500m", str(disk)], check=True)
        job.drain()
        job.check_truth()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
