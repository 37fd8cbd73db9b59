#!/usr/bin/env bash
# Installs what rcml needs and the system does not have: packages by apt, everything else below
# ${XDG_CACHE_HOME:-~/.cache}/rcml/deps, one folder per version. Says what it installs and where; a second run does
# nothing and takes less than two seconds.
#
#   tools/setup.sh [PART...]      without a PART: build web
#
#   build     compiler, libraries, Arrow C++, DuckDB, the Delta bridge (Rust)
#   dbt       dbt with its adapters (one venv with Arrow C++)
#   web       what the live page is drawn with
#   test      foreign readers, fuzzer runtime, browser
#   lint      clang-format, clang-tidy, ruff, sqlfluff, shellcheck
#   PART      any other tools/setup/PART.sh, e.g. kafka, s3, platform
#
# Set RCML_PYTHON to use another Python (3.11 to 3.13) than python3.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

case ${1:-} in
  -h | --help)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(build web)
for part in "${parts[@]}"; do
  [ -f "$repo/tools/setup/$part.sh" ] && [ "$part" != lib ] && continue
  printf 'setup: error: there is no part "%s"\nsetup: cure: tools/setup.sh --help lists the parts\n' "$part" >&2
  exit 2
done

# Under `sudo tools/setup.sh` only apt should be root: what goes into the user's cache has to be the user's.
if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
  exec sudo -u "$SUDO_USER" -H -- env PATH="$PATH" "${BASH_SOURCE[0]}" "${parts[@]}"
fi

# shellcheck source=tools/setup/lib.sh
. "$repo/tools/setup/lib.sh"
mkdir -p "$deps"
exec 9>"$cache/setup.lock"
if ! flock -n 9; then
  say "another set-up is at work; waiting for it"
  flock 9
fi

for part in "${parts[@]}"; do
  # shellcheck source=/dev/null
  . "$repo/tools/setup/$part.sh"
  "setup_$part"
done
[ "$steps_done" = 0 ] || say "ready: ${parts[*]}"
