import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

REPO = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(REPO / "tests/lib"), str(REPO / "tools"), str(pathlib.Path(__file__).parent)]

import rcml_program  # noqa: E402
import services as servers  # noqa: E402

MIRROR = rcml_program.DEPS / "terraform-standin"


def version_of(program):
    done = subprocess.run([program, "version", "-json"], capture_output=True, text=True)
    return tuple(map(int, json.loads(done.stdout)["terraform_version"].split(".")[:2])) if done.returncode == 0 else ()


def find_terraform():
    """The one on the PATH when it is new enough for mocks, otherwise the one the set-up built."""
    found = shutil.which("terraform")
    if found and version_of(found) >= (1, 7):
        return found
    built = rcml_program.DEPS / "terraform-1.5.7/terraform"
    assert built.exists(), "Terraform is missing. Run: tools/setup.sh terraform"
    return str(built)


class Terraform:
    """Terraform with the stand-in of the AWS provider, in a copy of terraform/: nothing is written to the checkout."""

    def __init__(self, root):
        assert MIRROR.exists(), "the stand-in provider is missing. Run: tools/setup.sh terraform"
        self.program = find_terraform()
        self.version = version_of(self.program)
        self.root = root / "terraform"
        shutil.copytree(REPO / "terraform", self.root, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        config = root / "terraformrc"
        config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{MIRROR}"\n  }}\n}}\n')
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
        self.env = kept | {"TF_CLI_CONFIG_FILE": str(config), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}

    def run(self, *arguments, folder=".", code=0):
        done = subprocess.run(
            [self.program, *arguments],
            cwd=self.root / folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert code is None or done.returncode == code, f"terraform {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def init(self, folder="."):
        if not (self.root / folder / ".terraform").exists():
            self.run("init", "-no-color", "-input=false", "-backend=false", folder=folder)

    def plan(self, folder=".", **variables):
        """The plan as Terraform's JSON."""
        self.init(folder)
        given = [
            f"-var={name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in variables.items()
        ]
        self.run("plan", "-no-color", "-input=false", "-out=plan.out", *given, folder=folder)
        return json.loads(self.run("show", "-json", "plan.out", folder=folder))


def planned(plan, kind):
    """What the plan makes of one type, root and modules alike: address -> values."""
    changes = [change for change in plan["resource_changes"] if change["type"] == kind and change["mode"] == "managed"]
    return {change["address"]: change["change"]["after"] for change in changes}


@pytest.fixture(scope="session")
def terraform(tmp_path_factory):
    return Terraform(tmp_path_factory.mktemp("terraform"))


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    with servers.Services(tmp_path_factory.mktemp("services")) as services:
        yield services.start_s3()
