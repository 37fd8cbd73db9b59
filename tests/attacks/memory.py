"""How much memory a process took during an attack: from before it to its highest moment, not to what is left after."""

import contextlib
import os
from pathlib import Path

GROWTH_MIB_MAX = 32.0


def status_kib(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


class Growth:
    def __init__(self, pid):
        self.pid = pid
        # 5 puts the highest mark back to what is in use now. Where that is not allowed the mark of the whole life stays.
        with contextlib.suppress(OSError):
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        self.before = status_kib(pid, "VmRSS")

    def mib(self):
        """None when the process has ended."""
        try:
            return max(0.0, (status_kib(self.pid, "VmHWM") - self.before) / 1024)
        except OSError:
            return None


def open_sockets(pid):
    count = 0
    for entry in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            count += os.readlink(f"/proc/{pid}/fd/{entry}").startswith("socket:")
    return count
