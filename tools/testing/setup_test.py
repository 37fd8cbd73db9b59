"""The set-up on machines that this one is not: packages missing, Go or Rust too old, a registry out of reach."""

import shutil
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
TOOLS = ["bash", "cat", "cut", "dpkg-query", "env", "grep", "head", "mkdir", "printf", "rm", "sed", "sort", "tail"]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


class Machine:
    """A PATH with a few plain tools and the programs a test adds; apt and the rest of the system are out of reach."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir()
        (folder / "cache/rcml").mkdir(parents=True)
        for tool in TOOLS:
            (self.programs / tool).symlink_to(shutil.which(tool))

    def add(self, name: str, text: str, folder: str = "bin") -> None:
        program = self.folder / folder / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)

    def run(self, part: str, script: str, *arguments: str) -> subprocess.CompletedProcess:
        """Runs `script` with the functions of tools/setup/PART.sh, except that root's commands are only printed."""
        sources = dict.fromkeys(["lib", part])
        whole = f"""set -euo pipefail
            repo={REPO}
            {"; ".join(f". {REPO}/tools/setup/{source}.sh" for source in sources)}
            as_root() {{ echo "root: $*"; }}
            {script}"""
        environment = {"PATH": str(self.programs), "HOME": str(self.folder), "XDG_CACHE_HOME": f"{self.folder}/cache"}
        command = [shutil.which("bash"), "-c", whole, "setup", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def apt_need(machine: Machine, *specs: str) -> subprocess.CompletedProcess:
    machine.add("apt-get", "exit 1")
    return machine.run("lib", 'apt_need "$@"; echo "done $steps_done"', *specs)


def test_a_package_dpkg_never_heard_of_is_installed(machine):
    ran = apt_need(machine, "coreutils", "libnobody-packages-this-dev")
    assert ran.returncode == 0, ran.stderr
    assert "apt-get -q -y install --no-install-recommends libnobody-packages-this-dev\n" in ran.stdout
    assert "system packages (apt): libnobody-packages-this-dev\n" in ran.stderr


def test_all_packages_unknown(machine):
    ran = apt_need(machine, "libnobody-packages-this-dev", "libnor-this-dev")
    assert "libnobody-packages-this-dev libnor-this-dev\n" in ran.stdout, ran.stderr


def test_a_command_that_is_there_needs_no_package(machine):
    assert apt_need(machine, "bash:libnobody-packages-this", "coreutils").stdout == "done 0\n"


def test_a_missing_command_names_its_package(machine):
    assert "install --no-install-recommends some-package\n" in apt_need(machine, "no-such-command:some-package").stdout


def test_the_lists_of_apt_are_fetched_once(machine):
    machine.add("apt-get", "exit 1")
    ran = machine.run("lib", "fetch_apt_lists; apt_need none-such; apt_need nor-this")
    assert ran.stdout.count("apt-get -q update") == 1, ran.stdout


# A Go of its release that, like Debian's own, obeys GOTOOLCHAIN; PROXY_IS_AWAY makes every other toolchain unreachable.
GO = """
case "$*" in
  "env GOVERSION") case ${GOTOOLCHAIN:-} in go*) echo "$GOTOOLCHAIN" ;; *) echo goRELEASE ;; esac ;;
  "-C / version") [ ! -e "$HOME/proxy-is-away" ] || { echo "go: download go: no route to the proxy" >&2; exit 1; } ;;
esac"""
NEED_GO = 'need_go 1.25 "versitygw 1.8.0"; go env GOVERSION'


def test_a_new_enough_go_is_taken_as_it_is(machine):
    machine.add("go", GO.replace("RELEASE", "1.26.8"))
    ran = machine.run("go", NEED_GO)
    assert (ran.stdout, ran.stderr) == ("go1.26.8\n", "")


def test_an_older_go_brings_the_one_that_is_needed(machine):
    machine.add("go", GO.replace("RELEASE", "1.24.4"))
    ran = machine.run("go", f"{NEED_GO}; has_go 1.25 && echo new enough")
    assert ran.stdout.endswith("new enough\n"), ran.stderr
    assert "versitygw 1.8.0 needs 1.25, this is Go 1.24.4" in ran.stderr


def test_a_go_that_cannot_be_brought_is_named(machine):
    machine.add("go", GO.replace("RELEASE", "1.24.4"))
    (machine.folder / "proxy-is-away").touch()
    ran = machine.run("go", NEED_GO)
    assert ran.returncode == 3
    assert "no route to the proxy" in ran.stderr
    assert "install Go 1.25 or newer" in ran.stderr and "versitygw 1.8.0 needs Go 1.25, this is Go 1.24.4" in ran.stderr


def test_a_go_too_old_to_bring_another_makes_way_for_the_backports(machine):
    machine.add("go", GO.replace("RELEASE", "1.19.8"))
    machine.add("apt-get", "exit 1")
    machine.add("apt-cache", 'echo "  Candidate: 2:1.19~1"')
    machine.add("go", GO.replace("RELEASE", "1.23.5"), folder="backports")
    backports = 'use_backports_go() { echo backports; PATH="$HOME/backports:$PATH"; hash -r; }'
    ran = machine.run("go", f"{backports}; {NEED_GO}; has_go 1.25 && echo new enough")
    assert ran.stdout.startswith("root: ") and "backports\n" in ran.stdout, ran.stderr
    assert ran.stdout.endswith("new enough\n"), ran.stderr
    assert "this is Go 1.23.5" in ran.stderr


# use_rust looks into these folders too; a test's machine has its own.
NEED_RUST = 'rust_folders=("$HOME/other"); need_rust; rustc --version'


def add_rust(machine: Machine, version: str, folder: str = "bin") -> None:
    machine.add("rustc", f'echo "rustc {version} (abc 2026-01-01)"', folder)
    machine.add("cargo", "exit 0", folder)


def test_a_new_enough_rust_is_taken_as_it_is(machine):
    add_rust(machine, "1.88.0")
    ran = machine.run("rust", NEED_RUST)
    assert (ran.stdout, ran.stderr) == ("rustc 1.88.0 (abc 2026-01-01)\n", "")


def test_a_rust_that_an_older_one_hides_is_found(machine):
    add_rust(machine, "1.63.0")
    add_rust(machine, "1.96.0", folder="other")
    assert machine.run("rust", NEED_RUST).stdout == "rustc 1.96.0 (abc 2026-01-01)\n"


def test_a_rustup_without_a_toolchain_hides_no_rust(machine):
    machine.add("rustup", "exit 1")
    machine.add("rustc", "echo 'error: no default toolchain is configured' >&2; exit 1")
    machine.add("cargo", "exit 1")
    add_rust(machine, "1.96.0", folder="other")
    assert machine.run("rust", NEED_RUST).stdout == "rustc 1.96.0 (abc 2026-01-01)\n"


def test_debian_s_rust_for_browsers_is_installed_before_rustup(machine):
    add_rust(machine, "1.85.0")
    machine.add("apt-get", "exit 1")
    machine.add("apt-cache", '[ "$2" != rustc-web ] || echo "  Candidate: 1.96.0+dfsg1-1~deb13u1"')
    arrives = f'apt_need() {{ echo "apt: $*"; sed -i s/1.85.0/1.96.0/ {machine.programs}/rustc; }}'
    ran = machine.run("rust", f"{arrives}; {NEED_RUST}")
    assert "apt: rustc-web cargo-web\nrustc 1.96.0" in ran.stdout, ran.stderr


def test_a_rustup_that_reaches_nothing_says_so(machine):
    machine.add("rustup", "echo 'could not download the toolchain' >&2; exit 1")
    ran = machine.run("rust", NEED_RUST)
    assert ran.returncode == 3
    assert "could not download the toolchain" in ran.stderr and "install Rust 1.88 or newer" in ran.stderr
