"""A Debian of its own in a folder, entered as a machine is: its own root, processes and devices' files, this network."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import registries

PACKAGES = ["git", "make", "ca-certificates"]
USER = "ann"
# Not chroot: in one, the kernel lets nobody make a user namespace, which a browser's sandbox needs. The shell stays as
# the first process there, and all others end with it.
ENTER = """
set -e
mount --make-rprivate /
mount --rbind "$0" "$0"
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
mount --rbind /sys "$0/sys"
cd "$0"
mkdir -p .outside
pivot_root . .outside
cd /
umount -l /.outside
trap : INT TERM
set +e
"$@"
exit $?
"""


class BareSystem:
    def __init__(self, release: str, as_user: bool, folder: pathlib.Path):
        self.release, self.as_user, self.root = release, as_user, folder
        self.home = f"/home/{USER}" if as_user else "/root"

    def make(self) -> None:
        sources = registries.apt_sources(self.release)
        if not sources:
            raise RuntimeError("apt's sources name no mirror of Debian; the bare systems are made from one")
        packages = [*PACKAGES, "sudo"] if self.as_user else PACKAGES
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as settings:
            settings.write(registries.apt_settings())
            settings.flush()
            subprocess.run(
                ["mmdebstrap", "--quiet", "--variant=minbase", "--format=directory", f"--include={','.join(packages)}",
                 f"--aptopt={settings.name}", "--dpkgopt=force-unsafe-io", self.release, str(self.root), "-"],
                input="".join(f"{line}\n" for line in sources), text=True, check=True,
            )  # fmt: skip
        if self.as_user:
            self.add_user()
        registries.give(self.root, self.home)
        self.check("chown", "-R", "--reference", self.home, self.home, by_root=True)
        self.check("update-ca-certificates", by_root=True)

    def add_user(self) -> None:
        self.check("useradd", "--create-home", "--shell", "/bin/bash", USER, by_root=True)
        (self.root / "etc/sudoers.d/everything").write_text(f"{USER} ALL=(ALL) NOPASSWD: ALL\n")

    def clone(self, repo: pathlib.Path) -> None:
        """The commit that is checked out, by that system's own git."""
        bundle = self.root / "tmp/rcml.bundle"
        subprocess.run(["git", "-C", repo, "bundle", "create", "--quiet", bundle, "HEAD"], check=True)
        self.check(
            "git",
            "-c",
            "advice.detachedHead=false",
            "-c",
            "init.defaultBranch=main",
            "clone",
            "--quiet",
            "/tmp/rcml.bundle",
            "rcml",
        )
        bundle.unlink()

    def command(self, *words: str, by_root: bool = False, inside: str = "", **variables: str) -> list[str]:
        is_user = self.as_user and not by_root
        paths = (
            "/usr/local/bin:/usr/bin:/bin"
            if is_user
            else "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        )
        name = USER if is_user else "root"
        environment = {
            **registries.variables(self.root),
            **{"PATH": paths, "HOME": self.home, "USER": name, "LOGNAME": name, "TERM": "dumb", "LANG": "C.UTF-8"},
            **variables,
        }
        settings = [f"{key}={value}" for key, value in environment.items()]
        who = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups"] if is_user else []
        folder = f"--chdir={self.home}/{inside}" if not by_root else "--chdir=/"
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        return [*namespaces, "bash", "-c", ENTER, str(self.root), *who, "env", "-i", folder, *settings, *words]

    def check(self, *words: str, **options) -> None:
        subprocess.run(self.command(*words, **options), check=True, stdin=subprocess.DEVNULL)

    def start(self, log: pathlib.Path, *words: str, **options) -> subprocess.Popen:
        with log.open("wb") as out:
            return subprocess.Popen(
                self.command(*words, **options),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def remove(self) -> None:
        if str(self.root) in pathlib.Path("/proc/self/mountinfo").read_text():
            raise RuntimeError(f"{self.root} is still mounted, so it is left as it is")
        shutil.rmtree(self.root)


def interrupt(process: subprocess.Popen, seconds: float = 60) -> int:
    """What Ctrl-C does: SIGINT to the whole group. One that does not end is killed with all it started."""
    os.killpg(process.pid, signal.SIGINT)
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()
