# shellcheck shell=bash
# Apache Superset for tools/superset.sh: a venv (about 700 MB) with exactly what tools/requirements/superset.txt locks,
# and the metadata of an instance nobody used yet (tables and roles; no user, no key), which each new instance copies.

setup_superset() {
  need_python
  "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' ||
    die "install Python 3.11 or 3.12 with its venv module and set RCML_PYTHON to it" \
      "$("$python" --version 2>&1) does not fit: Superset's libraries need 3.11 or 3.12"
  provide_venv superset
  provide superset-metadata "$(sha256sum <"$requirements/superset.txt")" fill_superset_metadata
}

fill_superset_metadata() {
  run "read the output named above; a damaged venv is made anew after rm -r $deps/superset" \
    env RCML_SUPERSET_DIR="$1/state" RCML_ENV_FILE=/dev/null \
    "$deps/superset/bin/python" "$repo/tools/superset/main.py" template "$1/metadata.db"
  rm -rf "$1/state"
  sha256sum <"$requirements/superset.txt" | cut -d' ' -f1 | tr -d '\n' >"$1/made_for"
}
