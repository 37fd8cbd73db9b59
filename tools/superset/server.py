"""The web server: gunicorn on loopback, started and stopped by what lies in the state folder."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

START_SECONDS_MAX = 600
STOP_SECONDS_MAX = 20


class ServerError(RuntimeError):
    """What did not work, and the cure."""


class Server:
    def __init__(self, folder: Path):
        self.pid_file, self.log = folder / "gunicorn.pid", folder / "superset.log"
        self.address_file = folder / "address"

    def pid(self) -> int | None:
        """Of the running server that this folder started; a number left by a dead one may be anybody's by now."""
        with contextlib.suppress(OSError, ValueError):
            pid = int(self.pid_file.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if str(self.pid_file).encode() in command:
                return pid
        return None

    def address(self) -> str:
        return self.address_file.read_text() if self.address_file.exists() else ""

    def is_healthy(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(self.address() + "health", timeout=10) as answer:
            return answer.status == 200
        return False

    def start(self, port: int, environment: dict[str, str]) -> None:
        port = port or _free_port()
        _check_free(port)
        self.address_file.write_text(f"http://127.0.0.1:{port}/")
        command = [
            sys.executable, "-m", "gunicorn", "superset.app:create_app()",
            "--bind", f"127.0.0.1:{port}", "--pid", str(self.pid_file),
            "--no-control-socket", "--workers", environment.get("RCML_SUPERSET_WORKERS") or "2",
            "--worker-class", "gthread", "--threads", "8", "--timeout", "120", "--graceful-timeout", "10",
        ]  # fmt: skip
        with open(self.log, "ab") as log:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self.is_healthy():
            if child.poll() is not None:
                raise ServerError(f"the server ended with {child.returncode}. Read {self.log}")
            if time.monotonic() > deadline:
                self.stop()
                raise ServerError(f"the server did not answer within {START_SECONDS_MAX} s. Read {self.log}")
            time.sleep(0.5)

    def stop(self) -> bool:
        """False when nothing ran."""
        pid = self.pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while self.pid() is not None and time.monotonic() < deadline:
            time.sleep(0.1)
        if self.pid() is not None:
            os.killpg(pid, signal.SIGKILL)  # Its workers too; start_new_session made it their leader.
        self.pid_file.unlink(missing_ok=True)
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServerError(
                f"port {port} is not free ({error.strerror}). Set RCML_SUPERSET_PORT to another one, or to 0 for any"
            ) from error
