# shellcheck shell=bash
# PostgreSQL's programs for the tests, which start private clusters of their own in temporary folders.

setup_postgres() {
  if command -v psql >/dev/null && compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then return 0; fi
  # No cluster of the system's: this file keeps the package from making and starting one.
  as_root mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    as_root sh -c 'echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf'
  apt_need postgresql postgresql-client
}
