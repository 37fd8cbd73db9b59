#!/usr/bin/env bash
# The package where nothing else is: unpacked and installed in bare Debian roots, the main job done there.
#   tests/platform/package/run.sh [file or pytest arguments]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
if ! unshare --map-root-user --mount true 2>/dev/null && ! unshare --mount true 2>/dev/null; then
  echo "skipped: this machine lets nobody make a mount namespace (unshare --mount), so there is no root to unpack in"
  exit 77
fi
if ! compgen -G "$deps/chroot-*/root.tar" >/dev/null; then
  echo "skipped: no bare roots in $deps; tools/setup.sh chroot makes them on Debian and Ubuntu"
  exit 77
fi
exec "$deps/python-tools/bin/python" -m pytest -q -rfEs -p no:cacheprovider --rootdir "$here" "${@:-$here}"
