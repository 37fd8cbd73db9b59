#!/usr/bin/env bash
# The README's two commands, `make demo` and `make test`, on machines that have only git and make: Debian 13 as root,
# Debian 12 as a user with sudo. Each begins with no cache and takes about an hour on two cores.
#   tests/long/bare_machine/run.sh                 RCML_BARE=all for both as root and as a user
#   RCML_BARE=trixie:root tests/long/bare_machine/run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
skip() {
  echo "skipped: $*"
  exit 77
}
[ "$(id -u)" = 0 ] || skip "a system of its own is made and entered by root alone; run this suite as root"
command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed; tools/setup.sh long installs it on Debian and Ubuntu"
unshare --mount --pid --fork true 2>/dev/null || skip "this machine lets nobody make namespaces (unshare --mount --pid)"
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
exec "$deps/python-tools/bin/python" "$here/bare_machine.py"
