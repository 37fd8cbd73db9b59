"""The module and its examples: form, rules, plan, refusals, and the .env that comes out."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest
import rcml_program
from conftest import REPO, planned

FOLDERS = [".", "examples/minimal", "examples/complete"]
GIVEN = {
    ".": {"bucket_name": "rcml-clicks-x", "vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2", "subnet-3"]},
    "examples/minimal": {"bucket_name": "rcml-clicks-x", "my_address": "203.0.113.7"},
    "examples/complete": {"bucket_name": "rcml-clicks-x"},
}
EXPECTED_ENVS = sorted((REPO / "terraform/tests/expected").glob("*.env"))


def test_is_formatted_as_terraform_formats(terraform):
    assert terraform.run("fmt", "-check", "-diff", "-recursive", "-no-color") == ""


@pytest.mark.parametrize("folder", FOLDERS)
def test_is_valid(terraform, folder):
    terraform.init(folder)
    found = json.loads(terraform.run("validate", "-json", folder=folder))
    assert (found["valid"], found["diagnostics"]) == (True, [])


@pytest.mark.parametrize("folder", FOLDERS)
def test_tflint_finds_nothing(terraform, folder):
    program = rcml_program.DEPS / "tflint-0.64.0/tflint"
    assert program.exists(), "tflint is missing. Run: tools/setup.sh terraform"
    command = [program, f"--chdir={terraform.root / folder}", f"--config={REPO / 'terraform/.tflint.hcl'}"]
    done = subprocess.run(command, capture_output=True, text=True, env=terraform.env)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_checkov_finds_nothing_that_is_not_answered():
    """Each check that does not fit is answered beside the resource: checkov:skip=ID: the reason."""
    program = rcml_program.DEPS / "infra-tools/bin/checkov"
    assert program.exists(), "checkov is missing. Run: tools/setup.sh terraform"
    done = subprocess.run(
        [program, "-d", REPO / "terraform", "--framework", "terraform", "--skip-download", "-o", "json"],
        capture_output=True,
        text=True,
    )
    report = json.loads(done.stdout)
    failed = [
        (check["check_id"], check["resource"], check["check_name"]) for check in report["results"]["failed_checks"]
    ]
    assert failed == []
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 100
    for check in report["results"]["skipped_checks"]:
        reason = check["check_result"]["suppress_comment"]
        assert len(reason.split()) >= 6, f"{check['check_id']} of {check['resource']}: say why it does not fit"


def test_terraforms_own_tests_pass(terraform):
    if terraform.version < (1, 7):
        pytest.skip(f"a mocked AWS needs Terraform 1.7; this is {'.'.join(map(str, terraform.version))}")
    terraform.init()
    said = terraform.run("test", "-no-color")
    runs = len(
        re.findall(r'^run "', "".join(path.read_text() for path in (REPO / "terraform/tests").glob("*.hcl")), re.M)
    )
    assert f"Success! {runs} passed, 0 failed." in said, said


@pytest.mark.parametrize(
    ("folder", "variables", "count"),
    [
        (".", {}, 19),
        (".", {"warehouse": "provisioned"}, 20),
        (".", {"warehouse": "none"}, 10),
        ("examples/minimal", {}, 23),
        ("examples/complete", {}, 52),
        ("examples/complete", {"warehouse": "provisioned"}, 53),
        ("examples/complete", {"warehouse": "none", "kafka": "none"}, 34),
        ("examples/complete", {"kafka": "msk_serverless"}, 47),
        (".", {"kafka": "msk"}, 27),
    ],
)
def test_plans(terraform, folder, variables, count):
    plan = terraform.plan(folder, **GIVEN[folder], **variables)
    made = [change["address"] for change in plan["resource_changes"] if change["change"]["actions"] == ["create"]]
    print(f"{folder} {variables}: {len(made)} to add")
    assert len(made) == count, "\n".join(sorted(made))


def test_every_plan_has_the_lakes_safety(terraform):
    plan = terraform.plan("examples/minimal", **GIVEN["examples/minimal"])
    (lifecycle,) = planned(plan, "aws_s3_bucket_lifecycle_configuration").values()
    aborts = [rule["abort_incomplete_multipart_upload"] for rule in lifecycle["rule"]]
    assert [{"days_after_initiation": 2}] in aborts
    (block,) = planned(plan, "aws_s3_bucket_public_access_block").values()
    assert all(value for name, value in block.items() if name.startswith(("block_", "ignore_", "restrict_")))
    (rule,) = planned(plan, "aws_vpc_security_group_ingress_rule").values()
    assert (rule["cidr_ipv4"], rule["from_port"], rule["to_port"]) == ("203.0.113.7/32", 5439, 5439)


# --- Wrong on purpose ---


def broken_copy(terraform, tmp_path, path, old, new):
    """terraform/ with one text changed, initialised."""
    root = tmp_path / "terraform"
    folder = str(root / pathlib.Path(path).parent)
    shutil.copytree(terraform.root, root, ignore=shutil.ignore_patterns(".terraform*", "plan.out"))
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new, 1))
    terraform.run("init", "-no-color", "-input=false", "-backend=false", folder=folder)
    return folder


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        # A misspelt argument of a resource, of a nested block, of the module; one left out; one of the wrong type.
        ("bucket.tf", "force_destroy =", "force_destory =", 'An argument named "force_destory" is not expected here'),
        (
            "bucket.tf",
            "days_after_initiation",
            "days_after_creation",
            'An argument named "days_after_creation" is not expected here',
        ),
        (
            "examples/minimal/main.tf",
            "bucket_name          =",
            "bucket_nme          =",
            'An argument named "bucket_nme" is not expected here',
        ),
        ("serverless.tf", "workgroup_name       = var.name", "", 'The argument "workgroup_name" is required'),
        ("network.tf", "from_port         = 443", 'from_port         = "https"', "a number is required"),
        (
            "iam.tf",
            "aws_iam_role.copy[0].id",
            "aws_iam_role.copyy[0].id",
            'A managed resource "aws_iam_role" "copyy" has not been declared',
        ),
    ],
)
def test_a_wrong_argument_is_caught(terraform, tmp_path, path, old, new, said):
    folder = broken_copy(terraform, tmp_path, path, old, new)
    refusal = terraform.run("validate", "-no-color", folder=folder, code=1)
    refusal = " ".join(re.sub(r"[│╷╵\n]", " ", refusal).split())
    print(refusal)
    assert said in refusal
    assert f"on {pathlib.Path(path).name} line " in refusal


def test_apply_needs_the_real_provider(terraform):
    terraform.plan("examples/minimal", **GIVEN["examples/minimal"])
    said = terraform.run("apply", "-no-color", "-input=false", "plan.out", folder="examples/minimal", code=1)
    assert "apply needs the real hashicorp/aws provider" in " ".join(said.replace("│", " ").split())


# --- The .env ---


def shown_settings(env_file):
    """What the program's own parser makes of a .env: setting -> (value, origin)."""
    plain = {"PATH": "/usr/bin:/bin", "HOME": str(env_file.parent)}
    done = subprocess.run(
        [rcml_program.RCML, "config", "show", "--env-file", str(env_file)], env=plain, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    return {name: (value, origin) for name, value, origin in lines}


def test_the_env_of_serverless_is_what_the_program_reads():
    shown = shown_settings(REPO / "terraform/tests/expected/serverless.env")
    host = "rcml.123456789012.eu-west-1.redshift-serverless.amazonaws.com"
    assert shown["lake"] == ("s3://rcml-clicks-yourname/", ".env S3_BUCKET")
    assert shown["source.from"] == ("kafka://localhost:9092/clicks", ".env KAFKA_BOOTSTRAP")
    assert shown["warehouse"] == (f"redshift://awsuser:***@{host}:5439/dev", ".env RS_HOST")
    assert shown["redshift.copy_role_arn"] == ("arn:aws:iam::123456789012:role/rcml-mocked", ".env RS_ROLE_ARN")


@pytest.mark.parametrize("env_file", EXPECTED_ENVS, ids=lambda path: path.stem)
def test_the_program_accepts_each_env(env_file):
    shown = shown_settings(env_file)
    assert shown["lake"][0] == "s3://rcml-clicks-yourname/"
    assert (shown["warehouse"][0] == "-") == (env_file.stem == "lake")
    text = env_file.read_text()
    secrets = re.findall(r"(?:RS_PWD|AWS_SECRET_ACCESS_KEY|RCML_KAFKA_SASL_PASSWORD)='(.+)'", text)
    assert not any(secret in value for secret in secrets for value, _ in shown.values())


@pytest.mark.parametrize("env_file", EXPECTED_ENVS, ids=lambda path: path.stem)
def test_each_name_in_the_env_is_one_of_env_example(env_file):
    known = set(re.findall(r"^# ([A-Z][A-Z0-9_]*)=", (REPO / ".env.example").read_text(), re.M))
    named = set(re.findall(r"^([A-Z][A-Z0-9_]*)=", env_file.read_text(), re.M))
    # RCML_KAFKA_A_B is librdkafka's a.b: test_kafka_sign_in.py signs in with them.
    assert {name for name in named - known if not name.startswith("RCML_KAFKA_")} == set()


def test_every_variable_of_the_env_template_is_filled():
    """The template is the .env's only source: each of the seed's names stands in it."""
    template = (REPO / "terraform/env.tftpl").read_text()
    seed = re.findall(r"^# ((?:AWS|S3|KAFKA|RS)_[A-Z0-9_]+)=", (REPO / ".env.example").read_text(), re.M)
    seed = [name for name in seed if name not in ("AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")]  # A person's own.
    assert [name for name in seed if not re.search(rf"^{name}=", template, re.M)] == []


def test_a_password_with_a_dollar_survives(tmp_path):
    """Redshift allows $, % and #; none may be changed on the way to the warehouse's URL."""
    text = (REPO / "terraform/tests/expected/serverless.env").read_text()
    env_file = tmp_path / ".env"
    env_file.write_text(text.replace("Mocked0Password0Mocked0Password0", "Given$Pass#word%1"))
    done = subprocess.run(
        ["bash", "-c", f'set -a; . {env_file}; printf %s "$RS_PWD"'], capture_output=True, text=True, env={}
    )
    assert done.stdout == "Given$Pass#word%1"
    assert shown_settings(env_file)["warehouse"][0].startswith("redshift://awsuser:***@")


# --- The page that walks a new user through it ---

CLOUD_PAGE = (REPO / "docs/operations/cloud.md").read_text()


def commands_of(page, program):
    blocks = re.findall(r"^```(?:bash)?\n(.*?)^```", page, re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if program in line]


def test_the_pages_terraform_commands_fit_the_examples(terraform):
    commands = commands_of(CLOUD_PAGE, "terraform ")
    assert len(commands) >= 6
    for command in commands:
        folder = re.search(r"-chdir=(\S+)", command).group(1)
        text = "".join(path.read_text() for path in (REPO / folder).glob("*.tf"))
        unknown = [name for name in re.findall(r"-var (\w+)=", command) if f'variable "{name}"' not in text]
        assert unknown == [], command
        if output := re.search(r"output -raw (\w+)", command):
            assert f'output "{output.group(1)}"' in text, command


def test_the_pages_plan_is_the_real_one(terraform):
    plan = terraform.plan("examples/minimal", bucket_name="rcml-clicks-yourname", my_address="203.0.113.7")
    made = sum(change["change"]["actions"] == ["create"] for change in plan["resource_changes"])
    assert f"`Plan: {made} to add, 0 to change, 0 to destroy.`" in CLOUD_PAGE


def test_the_pages_rcml_commands_exist():
    commands = commands_of(CLOUD_PAGE, "build/rcml ")
    assert len(commands) >= 6
    for command in commands:
        words = command.split()[1:]
        name = words[:2] if words[0] == "config" else words[:1]
        manual = rcml_program.run(*name, "--help").stdout
        assert [flag for flag in words if flag.startswith("--") and flag not in manual] == [], command


def test_each_variable_the_page_names_exists():
    text = "".join(path.read_text() for path in (REPO / "terraform").rglob("*.tf"))
    for name in re.findall(r"`((?:serverless\.)?[a-z]+(?:_[a-z]+)+)`", CLOUD_PAGE):
        assert re.search(rf'variable "{name}"|^\s+{name.split(".")[-1]}\s+=', text, re.M), name
