"""`make` alone, on a machine that has little more than make."""

import re
import shutil
import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


def test_the_menu_needs_no_tool_that_a_bare_system_lacks(tmp_path):
    for tool in ["awk", "bash", "make"]:
        (tmp_path / tool).symlink_to(shutil.which(tool))
    ran = subprocess.run(["make"], cwd=REPO, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    words = re.findall(r"^([a-z-]+):.*## ", (REPO / "Makefile").read_text(), re.MULTILINE)
    assert re.findall(r"^  make ([a-z-]+) +\S", ran.stdout, re.MULTILINE) == words
