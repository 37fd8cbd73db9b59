"""The archive and the .deb: what is in them, and what they do on a machine that has nothing."""

import hashlib
import json
import os
import pathlib
import subprocess
import tarfile
import urllib.request

import pytest
from bare_root import NOBODY
from conftest import DEPS, REPO, build_package
from rcml_program import wait_until

EVENTS = 20_000


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def unpack(package, root, inside):
    """The archive's one folder, as root's `inside`; returns the program's path inside."""
    place = root.folder / inside.lstrip("/")
    place.mkdir(parents=True)
    subprocess.run(["tar", "-xzf", package.archive, "-C", place, "--strip-components=1"], check=True)
    return f"{inside}/bin/rcml"


def main_job(root, rcml, **options):
    """generate -> stream -> load, as a person who is nobody there."""

    def run(*words):
        return root.run(rcml, *words, user=NOBODY, **options)

    run("generate", "--events", EVENTS, "--days", 2, "--out", "spool:spool", "--truth", "truth", "--seed", 3)
    run("stream", "--from", "spool:spool", "--lake", "lake", "--drain")
    run("load", "--lake", "lake", "--warehouse", "duckdb:clicks.duckdb")
    return run


def test_the_same_commit_gives_the_same_bytes(package, tmp_path):
    again = build_package(tmp_path / "again", TMPDIR=str(tmp_path), TZ="Asia/Tokyo", LANG="tr_TR.UTF-8")
    assert (package.archive.name, package.deb.name) == (again.archive.name, again.deb.name)
    assert sha256(package.archive) == sha256(again.archive)
    assert sha256(package.deb) == sha256(again.deb)


def test_nothing_names_the_machine_that_built_it(package):
    traces = [str(REPO).encode() + b"/", os.path.expanduser("~/.").encode(), str(DEPS).encode()]
    with tarfile.open(package.archive) as archive:
        for member in archive:
            assert (member.uid, member.gid, member.uname, member.mode & 0o022) == (0, 0, "", 0), member.name
            if member.isfile():
                data = archive.extractfile(member).read()
                assert not [trace for trace in traces if trace in data], member.name


def test_the_archive_holds_what_it_should(package):
    with tarfile.open(package.archive) as archive:
        names = {member.name.partition("/")[2] for member in archive}
    wanted = {
        "bin/rcml",
        "lib/rcml/libarrow.so.2600",
        "lib/rcml/libduckdb.so",
        "lib/rcml/librcml_delta.so",
        "lib/rcml/librdkafka.so.1",
        "lib/rcml/setup-dbt",
        "share/rcml/.env.example",
        "share/rcml/dags/clickstream/dbt_project.yml",
        "share/rcml/dbt.txt",
        "share/man/man1/rcml.1.gz",
        "share/doc/rcml/licences/rcml",
        "share/doc/rcml/licences/libssl3",
        "share/doc/rcml/licences/delta-bridge-crates",
    }
    tracked = subprocess.run(
        ["git", "ls-files", "dags", "dashboards"], cwd=REPO, capture_output=True, text=True
    ).stdout.split()
    assert wanted | {f"share/rcml/{file}" for file in tracked} <= names
    assert not [name for name in names if name.startswith("lib/rcml/libc.so") or "/target/" in name]


def test_the_archive_does_the_main_job_where_nothing_else_is(package, bare_root):
    rcml = unpack(package, bare_root, "/srv/any place/rcml")
    run = main_job(bare_root, rcml)
    run("audit", "--from", "spool:spool", "--lake", "lake", "--warehouse", "duckdb:clicks.duckdb")
    written = json.loads((bare_root.folder / "work/truth/truth.json").read_text())
    held = json.loads(run("lake", "log", "--lake", "lake", "--json").stdout)
    assert held["clicks"]["rows"] + held["rejects"]["rows"] == written["lines"] > EVENTS
    # Every library but libc is the package's own.
    for line in bare_root.run("ldd", rcml).stdout.splitlines():
        assert "not found" not in line
        name = line.split()[0]
        if not name.startswith(
            ("linux-vdso", "libc.so", "libm.so", "libdl.", "librt.", "libpthread.", "libresolv.", "/")
        ):
            assert "/srv/any place/rcml/" in line, line


def test_a_moved_archive_goes_on_and_says_how_to_get_dbt(package, bare_root):
    unpack(package, bare_root, "/opt/first")
    os.rename(bare_root.folder / "opt/first", bare_root.folder / "opt/second")
    main_job(bare_root, "/opt/second/bin/rcml")
    done = bare_root.run("/opt/second/bin/rcml", "transform", "--warehouse", "duckdb:clicks.duckdb", code=2)
    assert "Install dbt with: /opt/second/lib/rcml/setup-dbt" in done.stderr, done.stderr
    refused = bare_root.run("/opt/second/lib/rcml/setup-dbt", code=3)
    assert "apt install python3-venv" in refused.stderr


def test_the_live_page_is_inside_the_program(package, bare_root, tmp_path):
    rcml = unpack(package, bare_root, "/opt/rcml")
    main_job(bare_root, rcml)
    log = tmp_path / "page.log"
    with open(log, "w") as out:
        server = subprocess.Popen(
            bare_root.command(rcml, "dashboard", "--warehouse", "duckdb:clicks.duckdb", "--listen", "127.0.0.1:0"),
            stdout=out,
            stderr=out,
        )
    try:
        wait_until(lambda: "http://" in log.read_text() or server.poll() is not None)
        url = "http://" + log.read_text().partition("http://")[2].split()[0]
        page = urllib.request.urlopen(url).read()
        script = urllib.request.urlopen(url.rstrip("/") + "/echarts.min.js").read()
        assert b"<html" in page and len(script) > 100_000
    finally:
        server.terminate()
        server.wait()


def test_the_deb_asks_for_nothing_but_libc(package):
    fields = subprocess.run(["dpkg-deb", "-f", package.deb], capture_output=True, text=True, check=True).stdout
    depends = next(line for line in fields.splitlines() if line.startswith("Depends:"))
    assert depends.split()[1] == "libc6" and "," not in depends, depends


def test_the_deb_comes_and_goes_without_a_trace(package, bare_root):
    before = bare_root.paths()
    install(package, bare_root)
    assert bare_root.run("rcml", "version").stdout.startswith("rcml ")
    assert bare_root.run("dpkg", "--verify", "rcml").stdout == ""
    settings = bare_root.folder / "etc/rcml/rcml.env"
    assert settings.stat().st_mode & 0o777 == 0o640
    settings.write_text("RCML_LAKE=/work/mine\n")
    install(package, bare_root)  # An upgrade keeps what a person wrote.
    shown = bare_root.run("rcml", "config", "show", env={"RCML_ENV_FILE": "/etc/rcml/rcml.env"}).stdout
    assert "/work/mine" in shown
    bare_root.run("dpkg", "-r", "rcml")
    assert bare_root.paths() - before == {"etc/rcml", "etc/rcml/rcml.env"}
    bare_root.run("dpkg", "-P", "rcml")
    assert bare_root.paths() == before


def install(package, root):
    (root.folder / "work" / package.deb.name).write_bytes(package.deb.read_bytes())
    root.run("dpkg", "--force-confold", "-i", f"/work/{package.deb.name}")


def test_dbt_comes_by_the_command_and_goes_with_the_purge(package, python_root):
    wheels = pathlib.Path(DEPS) / "dbt-wheels"
    if not wheels.exists():
        pytest.skip("no wheels of dbt; tools/setup.sh chroot fetches them")
    before = python_root.paths()
    install(package, python_root)
    python_root.run(
        "/usr/lib/rcml/setup-dbt",
        binds=[(wheels, "/wheels")],
        env={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"},
    )
    run = main_job(python_root, "/usr/bin/rcml")
    run("transform", "--warehouse", "duckdb:clicks.duckdb")
    run("audit", "--from", "spool:spool", "--lake", "lake", "--warehouse", "duckdb:clicks.duckdb", "--truth", "truth")
    python_root.run("dpkg", "-P", "rcml")
    left = python_root.paths() - before
    assert not [path for path in left if not path.endswith(".pyc") and "__pycache__" not in path], left
