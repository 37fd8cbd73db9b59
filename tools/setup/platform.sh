# shellcheck shell=bash
# What `make test-platform` needs: the servers, and whatever a suite under tests/platform asks for itself.

setup_platform() {
  local part setup
  for part in kafka s3 postgres redshift terraform docker superset package chroot airflow airflow_2 spark; do
    # shellcheck source=/dev/null
    . "$repo/tools/setup/$part.sh"
    "setup_$part"
  done
  for setup in "$repo"/tests/platform/*/setup.sh; do
    [ -x "$setup" ] || continue
    say "tests/platform/$(basename "$(dirname "$setup")")/setup.sh"
    run "$cure_network" env RCML_DEPS="$deps" "$setup"
  done
}
