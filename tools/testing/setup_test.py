"""The set-up on a machine that lacks packages: apt is asked for them, whatever dpkg says about unknown names."""

import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
LIB = REPO / "tools/setup/lib.sh"


def apt_need(*specs: str) -> subprocess.CompletedProcess:
    """Runs apt_need as tools/setup.sh does, except that apt's commands are printed instead of run."""
    script = f"""set -euo pipefail
        repo={REPO}
        . {LIB}
        as_root() {{ echo "$*"; }}
        apt_need "$@"
        echo "done $steps_done" """
    return subprocess.run(["bash", "-c", script, "setup", *specs], capture_output=True, text=True, check=False)


def test_a_package_dpkg_never_heard_of_is_installed():
    ran = apt_need("coreutils", "libnobody-packages-this-dev")
    assert ran.returncode == 0, ran.stderr
    assert "apt-get -q -y install --no-install-recommends libnobody-packages-this-dev\n" in ran.stdout
    assert "system packages (apt): libnobody-packages-this-dev\n" in ran.stderr


def test_all_packages_unknown():
    ran = apt_need("libnobody-packages-this-dev", "libnor-this-dev")
    assert "libnobody-packages-this-dev libnor-this-dev\n" in ran.stdout, ran.stderr


def test_a_command_that_is_there_needs_no_package():
    assert apt_need("bash:libnobody-packages-this", "coreutils").stdout == "done 0\n"


def test_a_missing_command_names_its_package():
    assert "install --no-install-recommends some-package\n" in apt_need("no-such-command-here:some-package").stdout
