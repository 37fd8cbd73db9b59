# shellcheck shell=bash
# What checks docker/ without an engine: hadolint, docker-compose (its `config`), and a Prometheus that is run with
# docker/prometheus.yml. The stack's own servers are those of the parts kafka, s3 and postgres.

setup_docker() {
  provide_venv infra-tools
  provide prometheus-debian 1 fill_prometheus
}

# Unpacked and not installed: an installed one would start by itself.
fill_prometheus() {
  apt_need dpkg-deb:dpkg
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update
  (cd "$1" && run "$cure_network" apt-get -q download prometheus)
  run "$cure_network" dpkg-deb -x "$1"/prometheus_*.deb "$1"
  rm -f "$1"/*.deb
}
