"""The files of docker/: accepted by the tools they are for, pinned, private, and naming only what exists."""

import json
import os
import re
import shutil
import subprocess

import pytest
import rcml_program
import yaml
from compose import REPO, TOOLS, ComposeError, known_settings, resolved, stages

DOCKERFILE = REPO / "docker/Dockerfile"
COMPOSE_FILES = ["docker/docker-compose.kafka.yml", "docker/docker-compose.yml"]
PAGE = (REPO / "docs/operations/docker.md").read_text()


def need_tracked(paths):
    missing = sorted(path for path in paths if not is_tracked(path))
    assert not missing, f"not in the repository, so the images cannot be built from a checkout: {missing}"


def is_tracked(path):
    return subprocess.run(["git", "-C", REPO, "ls-files", "--error-unmatch", path], capture_output=True).returncode == 0


# --- The compose files ---


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_compose_accepts_it_without_a_warning(file):
    assert resolved(file)["services"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    environment:\n      KAFKA_NODE_ID", "    enviroment:\n      KAFKA_NODE_ID", "enviroment"),
        ('"127.0.0.1:9092:9092"', '"127.0.0.1:9092:kafka"', "invalid containerPort"),
        ("      - kafka:/var/lib/kafka/data", "      - kafak:/var/lib/kafka/data", "undefined volume kafak"),
        ("condition: service_healthy", "condition: service_wealthy", "service_wealthy|condition"),
        ("      kafka:\n        condition", "      kafak:\n        condition", "kafak"),
    ],
)
def test_a_wrong_line_is_caught(tmp_path, old, new, said):
    text = (REPO / COMPOSE_FILES[0]).read_text()
    assert old in text
    broken = tmp_path / "broken.yml"
    broken.write_text(text.replace(old, new, 1))
    with pytest.raises(ComposeError, match=said):
        resolved(broken)


def test_the_kafka_file_is_kafka_and_its_page(kafka_only, stack):
    assert {"kafka", "kafka-ui"} <= kafka_only["services"].keys()
    for name, service in kafka_only["services"].items():
        mine = {key: value for key, value in stack["services"][name].items() if key not in ("profiles", "depends_on")}
        theirs = {key: value for key, value in service.items() if key not in ("profiles", "depends_on")}
        assert mine == theirs, "the whole stack has another Kafka than the file of its own"


def test_every_image_is_pinned_or_built_here(stack):
    for name, service in stack["services"].items():
        image, _, tag = service["image"].rpartition(":")
        if "build" in service:
            assert tag == "local", name
            assert service["build"]["target"] in stages(DOCKERFILE), name
        else:
            assert image and re.search(r"\d+\.\d+", tag), f"{name}: {service['image']} is not pinned by a version"


def test_every_port_is_on_loopback_and_its_own(stack):
    ports = [port for service in stack["services"].values() for port in service.get("ports", [])]
    assert len(ports) >= 9
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}
    published = [port["published"] for port in ports]
    assert len(published) == len(set(published)), sorted(published)


def test_every_mounted_path_is_in_the_repository(stack):
    binds = [v for service in stack["services"].values() for v in service.get("volumes", []) if v["type"] == "bind"]
    assert len(binds) >= 3
    assert all(bind["read_only"] for bind in binds), binds
    need_tracked([os.path.relpath(bind["source"], REPO) for bind in binds])


def test_every_volume_is_used(stack):
    used = {
        v["source"]
        for service in stack["services"].values()
        for v in service.get("volumes", [])
        if v["type"] == "volume"
    }
    assert used == set(stack["volumes"])


def test_every_setting_named_exists(stack):
    known = known_settings()
    ours = re.compile(r"(RCML|AWS|S3|RS)_|KAFKA_BOOTSTRAP$")
    for name, service in stack["services"].items():
        if "build" not in service:
            continue
        named = {key for key in service.get("environment", {}) if ours.match(key)}
        assert named <= known, f"{name}: rcml knows no {sorted(named - known)}"
    for file in COMPOSE_FILES:
        asked = {key for key in re.findall(r"\$\{([A-Z0-9_]+)", (REPO / file).read_text()) if ours.match(key)}
        assert asked <= known, f"{file}: rcml knows no {sorted(asked - known)}"


def test_an_own_setting_reaches_every_service_of_rcml():
    given = {"RCML_LAKE": "s3://mine/shop", "AWS_ENDPOINT_URL": ""}
    services = resolved(COMPOSE_FILES[1], given)["services"]
    for name in ("stream", "run", "dashboard", "airflow"):
        assert services[name]["environment"]["RCML_LAKE"] == "s3://mine/shop", name
        assert services[name]["environment"]["AWS_ENDPOINT_URL"] == "", f"{name}: empty must mean Amazon's own S3"


def test_the_program_may_have_many_files_open(stack):
    ours = [
        service for service in stack["services"].values() if service["image"] in ("rcml:local", "rcml-airflow:local")
    ]
    assert len(ours) >= 4
    for service in ours:
        nofile = service["ulimits"]["nofile"]
        assert (nofile if isinstance(nofile, int) else nofile["soft"]) >= 65536


def test_our_containers_have_no_rights_they_do_not_need(stack):
    for name, service in stack["services"].items():
        if "build" in service:
            assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"], name
            assert not service.get("privileged") and "user" not in service, name
        assert "/var/run/docker.sock" not in json.dumps(service), name
    for name in ("stream", "run", "dashboard", "generate"):
        assert stack["services"][name]["read_only"], name


def test_what_writes_to_data_owns_it(stack):
    """A named volume takes its owner from the image's folder: that folder has to be made for the image's user."""
    text = DOCKERFILE.read_text()
    for name, service in stack["services"].items():
        if "build" not in service:
            continue
        for volume in service.get("volumes", []):
            if not volume.get("read_only"):
                target = volume["target"]
                assert f"--home-dir {target} " in text or f"install -d -o 10001 {target}\n" in text, f"{name}: {target}"


# --- The Dockerfile ---


def hadolint(file):
    program = TOOLS / "hadolint"
    assert program.exists(), "hadolint is missing. Run: tools/setup.sh docker"
    return subprocess.run([program, file], capture_output=True, text=True)


def test_hadolint_finds_nothing():
    done = hadolint(DOCKERFILE)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_hadolint_finds_what_is_wrong(tmp_path):
    wrong = tmp_path / "Dockerfile"
    wrong.write_text(
        DOCKERFILE.read_text().replace("COPY . .", "ADD . .").replace("debian:12.11-slim", "debian:latest")
    )
    found = hadolint(wrong)
    assert found.returncode == 1
    assert "DL3020" in found.stdout


def test_every_image_ends_as_a_user_without_rights():
    for target in ("rcml", "airflow", "superset"):
        users = [arguments for name, arguments in stages(DOCKERFILE)[target]["instructions"] if name == "USER"]
        assert users and users[-1] == "10001", target


def test_the_base_is_pinned_and_stages_exist():
    found = stages(DOCKERFILE)
    assert re.search(r"^ARG DEBIAN=debian:\d+\.\d+-slim$", DOCKERFILE.read_text(), re.M)
    for name, stage in found.items():
        assert stage["base"] == "${DEBIAN}" or stage["base"] in found, name
        for _, arguments in stage["instructions"]:
            for source in re.findall(r"--from=(\S+)", arguments):
                assert source in found, f"{name}: there is no stage {source}"


def test_everything_copied_or_run_is_in_the_repository():
    named = {"packaging/setup-dbt"}  # It becomes lib/rcml/setup-dbt of the package, which the stage dbt runs.
    for stage in stages(DOCKERFILE).values():
        for name, arguments in stage["instructions"]:
            if name == "COPY" and "--from=" not in arguments:
                named.update(source for source in arguments.split()[:-1] if source != ".")
            if name == "RUN":
                named.update(re.findall(r"(?:^|\s)(tools/\S+\.sh)", arguments))
    assert len(named) >= 9
    need_tracked(named)


def test_the_parts_of_the_setup_it_calls_exist():
    for parts in re.findall(r"^ +(?:&& )?tools/setup\.sh ([a-z ]+)", DOCKERFILE.read_text(), re.M):
        for part in parts.split():
            assert (REPO / f"tools/setup/{part}.sh").exists(), part


def test_published_ports_are_those_the_images_expose(stack):
    for target in ("airflow", "superset"):
        exposed = [arguments for name, arguments in stages(DOCKERFILE)[target]["instructions"] if name == "EXPOSE"]
        assert [str(port["target"]) for port in stack["services"][target]["ports"]] == exposed


def test_no_secret_gets_into_the_build():
    ignored = (REPO / "docker/Dockerfile.dockerignore").read_text().splitlines()
    assert {".git", ".env", "*.env", "**/*.tfstate*", "var"} <= set(ignored)


# --- Prometheus and Grafana ---


def test_promtool_accepts_prometheus_yml():
    program = rcml_program.DEPS / "prometheus-debian/usr/bin/promtool"
    assert program.exists(), "promtool is missing. Run: tools/setup.sh docker"
    done = subprocess.run([program, "check", "config", REPO / "docker/prometheus.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_asks_a_service_where_it_answers(stack):
    jobs = yaml.safe_load((REPO / "docker/prometheus.yml").read_text())["scrape_configs"]
    targets = [t for job in jobs for group in job["static_configs"] for t in group["targets"]]
    assert "stream:9464" in targets
    for target in targets:
        host, _, port = target.partition(":")
        if host != "localhost":
            assert f"0.0.0.0:{port}" in stack["services"][host]["command"], target


def test_grafana_finds_its_source_and_its_dashboards(stack):
    folder = REPO / "docker/grafana/provisioning"
    (source,) = yaml.safe_load((folder / "datasources/prometheus.yml").read_text())["datasources"]
    host, port = re.fullmatch(r"http://([a-z-]+):(\d+)", source["url"]).groups()
    assert [str(p["target"]) for p in stack["services"][host]["ports"]] == [port]
    (provider,) = yaml.safe_load((folder / "dashboards/rcml.yml").read_text())["providers"]
    mounts = {volume["target"]: volume["source"] for volume in stack["services"]["grafana"]["volumes"]}
    assert mounts[provider["options"]["path"]] == str(REPO / "dashboards/grafana")
    assert mounts["/etc/grafana/provisioning"] == str(folder)
    for dashboard in (REPO / "dashboards/grafana").glob("*.json"):
        text = dashboard.read_text()
        json.loads(text)
        uids = set(re.findall(r'"datasource":\s*\{[^}]*"uid":\s*"([^"]+)"', text))
        assert all(uid == source["uid"] or uid.startswith(("$", "-- ")) for uid in uids), (dashboard.name, uids)


# --- The page ---


def test_the_page_says_that_nothing_was_run_in_containers():
    assert "never been run in containers" in " ".join(PAGE.split())


def test_the_pages_commands_name_what_exists(stack):
    commands = re.findall(r"^.*docker compose .*$", PAGE, re.M)
    assert len(commands) >= 4
    profiles = {profile for service in stack["services"].values() for profile in service["profiles"]}
    for command in commands:
        for file in re.findall(r"-f (docker\S+)", command):
            assert is_tracked(file), command
        assert set(re.findall(r"--profile ([a-z]+)", command)) <= profiles, command
        assert set(re.findall(r"--scale ([a-z-]+)=", command)) <= stack["services"].keys(), command
        assert set(re.findall(r" logs (?:-f )?([a-z-]+)", command)) <= stack["services"].keys(), command
    for profile in profiles:
        assert f"| `{profile}` |" in PAGE, f"the page lacks the profile {profile}"


def test_the_pages_addresses_are_published(stack):
    published = {port["published"] for service in stack["services"].values() for port in service.get("ports", [])}
    named = set(re.findall(r"localhost:(\d+)", PAGE))
    assert named <= published and len(named) >= 6, (named, published)


def test_the_container_of_superset_starts_a_script_that_is_right():
    script = REPO / "docker/superset.sh"
    assert script.stat().st_mode & 0o111
    bash = shutil.which("bash")
    plain = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run([bash, script], capture_output=True, text=True, env=plain)
    assert done.returncode != 0 and "SUPERSET_SECRET_KEY" in done.stderr
