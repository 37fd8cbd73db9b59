"""The attacked processes: the live page and the metrics of a stream, each on a free port of loopback.

They run in a folder whose .env (mode 600) holds a secret, a canary that no answer may contain.
"""

import copy
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import memory
from rcml_program import DEPS, RCML, REPO

START_SECONDS = 30
STOP_SECONDS_MAX = 5.0
KILL_SECONDS = 20
SETTLE_SECONDS = 0.1
SETTLE_TURNS_MAX = 50
SESSIONS = 20_000
PYTHON = str(DEPS / "python-tools/bin/python")
PROGRAM = str(Path(RCML).resolve())


class Listener:
    """A running process and where it listens."""

    def __init__(self, name, words, folder, pattern, env=None):
        self.name = name
        self.folder = folder
        self.canary = write_secret(folder)
        self.log = folder / f"{name}-{secrets.token_hex(4)}.log"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("RCML_")}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [PROGRAM, *map(str, words)],
                cwd=folder,
                env={**clean, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        host, port = self._wait_for(pattern)
        self.address = ("127.0.0.1" if host == "0.0.0.0" else host, int(port))
        self._settle()

    @property
    def pid(self):
        return self.process.pid

    def seen_from(self, host):
        """The same for a client with another address of loopback."""
        other = copy.copy(self)
        other.address = (*self.address[:2], host)
        return other

    def said(self):
        return self.log.read_text(errors="replace")

    def is_alive(self):
        return self.process.poll() is None

    def stop(self):
        """Seconds from SIGTERM to its end; it is killed at last."""
        began = time.monotonic()
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(KILL_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return time.monotonic() - began

    def _settle(self):
        """Until its memory stands still: a page that has just begun prepares the answers that everybody asks for."""
        seen = [0]
        for _ in range(SETTLE_TURNS_MAX):
            seen.append(memory.status_kib(self.pid, "VmRSS"))
            if len(seen) > 3 and seen[-1] == seen[-3]:
                return
            time.sleep(SETTLE_SECONDS)

    def _wait_for(self, pattern):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            found = re.search(pattern, self.said())
            if found:
                return found.groups()
            if not self.is_alive():
                break
            time.sleep(0.02)
        self.stop()
        raise AssertionError(f"{self.name} does not listen: {' '.join(self.said().split())[:300]}")


def write_secret(folder):
    """The canary in the folder's .env; made once."""
    env_file = folder / ".env"
    if not env_file.exists():
        with open(os.open(env_file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
            out.write(f"AWS_ACCESS_KEY_ID=attacks\nAWS_SECRET_ACCESS_KEY={secrets.token_hex(20)}\n")
    return re.search("SECRET_ACCESS_KEY=(.*)", env_file.read_text())[1].encode()


def start_page(folder, *flags, env=None, listen="127.0.0.1:0"):
    words = ["dashboard", "--warehouse", f"duckdb:{folder / 'shop.duckdb'}", "--listen", listen, *flags]
    return Listener("page", words, folder, r"The page is at http://([^:/]+):(\d+)/", env)


def start_metrics(folder, listen="127.0.0.1:0"):
    lake = folder / f"lake-{secrets.token_hex(4)}"
    words = ["stream", "--from", f"spool:{folder / 'spool'}", "--lake", lake, "--metrics", listen]
    return Listener("metrics", words, folder, r"http://([^:/]+):(\d+)/metrics")


def make_marts(folder):
    script = str(REPO / "tests/web/sample_marts.py")
    out = str(folder / "shop.published.duckdb")
    subprocess.run([PYTHON, script, out, "--sessions", str(SESSIONS)], check=True, stdout=sys.stderr)


def make_spool(folder):
    words = ["generate", "--out", f"spool:{folder / 'spool'}", "--events", "2000", "--days", "1", "--seed", "7"]
    words += ["--start", "2026-03-01"]
    subprocess.run([PROGRAM, *words], check=True, capture_output=True, cwd=folder)
