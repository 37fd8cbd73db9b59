"""A folder that is the whole world for what runs in it."""

import os
import pathlib
import subprocess

AS_ROOT = os.geteuid() == 0
# The person's own mounts do not see these, and they end with the command.
NAMESPACE = ["unshare", "--mount"] if AS_ROOT else ["unshare", "--map-root-user", "--mount"]
WITH_PROC = 'mount -t proc proc "$0/proc" 2>/dev/null || mount --rbind /proc "$0/proc"; '
WITH_DEVICES = 'mount --rbind /dev "$0/dev"; '
NOBODY = "65534:65534"


class BareRoot:
    def __init__(self, root_tar, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        subprocess.run(["tar", "-xf", root_tar, "-C", self.folder, "--exclude=./dev/*"], check=True)
        (self.folder / "work").mkdir()
        (self.folder / "work").chmod(0o777)

    def command(self, *words, user=None, binds=(), env=None):
        mounts = WITH_PROC + WITH_DEVICES
        for number, (_, inside) in enumerate(binds):
            (self.folder / inside.lstrip("/")).mkdir(exist_ok=True)
            mounts += f'mount --rbind "${2 * number + 1}" "$0${2 * number + 2}"; '
        # A root's own user needs no mapping; without root there is only one user in the namespace.
        who = f"--userspec={user} " if user and AS_ROOT else ""
        shifts = f"shift {2 * len(binds)}; "
        script = f'set -e; {mounts}root=$0; {shifts}exec chroot {who}"$root" /usr/bin/env -i "$@"'
        place = [str(part) for bind in binds for part in bind]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/work", "PWD": "/work", **(env or {})}
        assigned = [f"{name}={value}" for name, value in environment.items()]
        # No shell of ours inside: the folder to start in is set by env itself.
        inside = ["--chdir=/work", *assigned, *map(str, words)]
        return [*NAMESPACE, "sh", "-c", script, str(self.folder), *place, *inside]

    def run(self, *words, code=0, seconds=1200, **options):
        done = subprocess.run(self.command(*words, **options), capture_output=True, text=True, timeout=seconds)
        assert code is None or done.returncode == code, (
            f"{' '.join(map(str, words))} -> {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done

    def paths(self):
        """Everything there is, but for what dpkg keeps for itself."""
        found = set()
        for folder, folders, files in os.walk(self.folder):
            inside = pathlib.Path(folder).relative_to(self.folder)
            folders[:] = [name for name in folders if str(inside / name) not in OF_DPKG]
            found.update(str(inside / name) for name in [*folders, *files])
        return found


OF_DPKG = {"var/lib/dpkg", "var/log", "proc", "dev", "work", "wheels"}
