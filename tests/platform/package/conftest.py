import os
import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

REPO = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(REPO / "tests/lib"), str(pathlib.Path(__file__).parent)]

from bare_root import BareRoot  # noqa: E402
from rcml_program import DEPS  # noqa: E402


@dataclass
class Package:
    archive: pathlib.Path
    deb: pathlib.Path


def build_package(folder, **environment):
    subprocess.run([REPO / "tools/package.sh", folder], check=True, env={**os.environ, **environment})
    return package_in(folder)


def package_in(folder):
    (archive,) = pathlib.Path(folder).glob("*.tar.gz")
    (deb,) = pathlib.Path(folder).glob("*.deb")
    return Package(archive, deb)


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    """RCML_PACKAGE=FOLDER tries what `make package` put there instead of building it again."""
    made = os.environ.get("RCML_PACKAGE")
    return package_in(made) if made else build_package(tmp_path_factory.mktemp("package"))


def root_tar(with_python):
    tars = sorted(path for path in DEPS.glob("chroot-*/root.tar") if ("-python" in path.parent.name) == with_python)
    return tars[-1]


def fresh_root(folder, with_python):
    root = BareRoot(root_tar(with_python), folder)
    yield root
    shutil.rmtree(root.folder)  # 200 MB each; its mounts ended with the commands that made them.


@pytest.fixture
def bare_root(tmp_path):
    yield from fresh_root(tmp_path / "root", with_python=False)


@pytest.fixture
def python_root(tmp_path):
    yield from fresh_root(tmp_path / "root", with_python=True)
