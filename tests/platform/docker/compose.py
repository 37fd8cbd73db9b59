"""Compose files as docker-compose itself understands them (its `config` needs no engine), and Dockerfiles in pieces."""

import json
import pathlib
import re
import subprocess

import rcml_program

REPO = rcml_program.REPO
TOOLS = rcml_program.DEPS / "infra-tools/bin"


class ComposeError(RuntimeError):
    pass


def resolved(file, env=None):
    """The file with every profile, its variables filled in; raises when docker-compose refuses or warns."""
    program = TOOLS / "docker-compose"
    assert program.exists(), "docker-compose is missing. Run: tools/setup.sh docker"
    command = [program, "-f", REPO / file, "--profile", "*", "--env-file", "/dev/null", "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", **(env or {})})
    if done.returncode or done.stderr:
        raise ComposeError(done.stderr)
    # `config` prints what can be read again, so a dollar is doubled.
    return json.loads(done.stdout.replace("$$", "$"))


def known_settings():
    """Names that rcml reads: its settings and the seed's names, and the AWS_ names its sources ask for."""
    names = set(re.findall(r"^# ([A-Z][A-Z0-9_]*)=", (REPO / ".env.example").read_text(), re.M))
    for source in (REPO / "src").rglob("*.cc"):
        names |= set(re.findall(r'environment\("(AWS_[A-Z0-9_]+)"\)', source.read_text()))
    dag = REPO / "dags/clicks_redshift_dag.py"
    if dag.exists():
        names |= set(re.findall(r"\bRCML_[A-Z_]+\b", dag.read_text()))
    return names


def instructions(dockerfile):
    """(instruction, arguments) of a Dockerfile, continued lines joined, comments dropped."""
    text = "\n".join(line for line in pathlib.Path(dockerfile).read_text().splitlines() if not line.startswith("#"))
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, arguments = line.strip().partition(" ")
            yield name.upper(), arguments.strip()


def stages(dockerfile):
    """Stage name -> its base and instructions, in order."""
    found, current = {}, None
    for name, arguments in instructions(dockerfile):
        if name == "FROM":
            base, _, current = re.match(r"(\S+)(\s+AS\s+(\S+))?$", arguments, re.I).groups()
            found[current] = {"base": base, "instructions": []}
        elif current:
            found[current]["instructions"].append((name, arguments))
    return found
