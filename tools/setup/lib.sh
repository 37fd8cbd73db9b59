# shellcheck shell=bash
# What every part of the set-up shares: where things go, how a step is run, when a step is already done.
#
# A part is a file tools/setup/PART.sh with a function setup_PART. It declares its needs by apt_need, then makes each
# third-party folder by `provide NAME STAMP FUNCTION`: nothing happens when deps/NAME carries STAMP; otherwise FUNCTION
# fills a new folder, which replaces the old one only once it is complete. So an interrupted run leaves no half folder.

cache="${XDG_CACHE_HOME:-$HOME/.cache}/rcml"
deps="$cache/deps"
requirements="$repo/tools/requirements"
steps_done=0

say() { printf 'setup: %s\n' "$*" >&2; }

# die CURE TEXT: one error with the next step.
die() {
  printf 'setup: error: %s\nsetup: cure: %s\n' "$2" "$1" >&2
  exit 3
}

# run CURE COMMAND...: quiet when it works; otherwise the command, the end of what it said, and the cure.
run() {
  local cure=$1 log="$cache/setup.log"
  shift
  if ! "$@" >"$log" 2>&1 9>&-; then
    printf 'setup: error: this command failed: %s\n' "$*" >&2
    tail -n 20 "$log" | sed 's/^/setup: |  /' >&2
    printf 'setup: the whole output: %s\nsetup: cure: %s\n' "$log" "$cure" >&2
    exit 3
  fi
}

readonly cure_network="check the network and the package registries' settings, then run tools/setup.sh again"

# as_root COMMAND...: apt needs root, nothing else here does.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    run "repair the package manager (apt-get -f install), then run tools/setup.sh again" "$@"
  elif command -v sudo >/dev/null; then
    run "repair the package manager (apt-get -f install), then run tools/setup.sh again" sudo -- "$@"
  else
    die "run as root: $*" "system packages are missing and there is no sudo"
  fi
}

# apt_need SPEC...: SPEC is PACKAGE, or COMMAND:PACKAGE when the command is enough, whoever installed it.
# No call of apt when nothing is missing.
apt_need() {
  local spec packages=() missing=()
  for spec in "$@"; do
    case $spec in
      *:*) command -v "${spec%%:*}" >/dev/null || missing+=("${spec#*:}") ;;
      *) packages+=("$spec") ;;
    esac
  done
  if [ ${#packages[@]} -gt 0 ]; then
    command -v dpkg-query >/dev/null || die "install by hand what these are called on your system: ${packages[*]}" \
      "this is no Debian or Ubuntu"
    local installed
    # shellcheck disable=SC2016  # the dollars are dpkg's
    # It fails when it never heard of one of them, which is no fault here.
    installed=$({ dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${packages[@]}" 2>/dev/null || true; } |
      sed -n 's/^ii *//p')
    for spec in "${packages[@]}"; do
      grep -qxF -- "$spec" <<<"$installed" || missing+=("$spec")
    done
  fi
  [ ${#missing[@]} -gt 0 ] || return 0
  say "system packages (apt): ${missing[*]}"
  fetch_apt_lists
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${missing[@]}"
  steps_done=$((steps_done + 1))
}

# is_at_least WANTED VERSION: as versions are compared, 1.9 before 1.10.
is_at_least() { [ -n "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# fetch_apt_lists: the package lists of a new system are empty; apt_version needs them.
fetch_apt_lists() {
  if [ -n "${apt_lists_fetched:-}" ] || ! command -v apt-get >/dev/null; then return 0; fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update
  apt_lists_fetched=yes
}

# apt_version PACKAGE: the version that apt would install, without its epoch; nothing where it knows none.
apt_version() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -nE '/\(none\)/d;s/^  Candidate: ([0-9]+:)?//p'; }

# is_ready NAME STAMP: is deps/NAME complete and made for STAMP?
is_ready() { [ -f "$deps/$1/.complete" ] && [ "$(cat "$deps/$1/.complete")" = "$2" ]; }

# provide NAME STAMP FUNCTION: deps/NAME, filled by FUNCTION FOLDER.
provide() {
  local name=$1 stamp=$2 fill=$3
  is_ready "$name" "$stamp" && return 0
  say "$name -> $deps/$name"
  local fresh="$deps/.new-$name"
  rm -rf "$fresh"
  mkdir -p "$fresh"
  "$fill" "$fresh"
  printf '%s' "$stamp" >"$fresh/.complete"
  rm -rf "$deps/.old-$name"
  if [ -e "$deps/$name" ]; then mv -T "$deps/$name" "$deps/.old-$name"; fi
  mv -T "$fresh" "$deps/$name"
  rm -rf "$deps/.old-$name"
  steps_done=$((steps_done + 1))
}

# check_sum FILE SHA256: the file is the very one this set-up was tried with.
check_sum() {
  printf '%s  %s\n' "$2" "$1" | sha256sum --check --status ||
    die "if a new version is intended, put its sum into tools/setup/; otherwise clear the package manager's cache and retry" \
      "$1 is not the file this set-up knows (sha256 $(sha256sum "$1" | cut -c1-16)..., wanted ${2:0:16}...)"
}

# npm_unpack PACKAGE@VERSION FOLDER: the package's files into FOLDER; nothing of it is run.
npm_unpack() {
  apt_need npm:npm
  mkdir -p "$2"
  run "$cure_network" npm pack --loglevel error --pack-destination "$2" "$1"
  local archive
  archive=$(find "$2" -maxdepth 1 -name '*.tgz')
  tar -xzf "$archive" -C "$2" --strip-components=1
  rm -f "$archive"
}

python="${RCML_PYTHON:-python3}"

need_python() {
  apt_need "${python##*/}:python3"
  "$python" -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && return 0
  apt_need python3-venv
  "$python" -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null ||
    die "install Python 3.11, 3.12 or 3.13 with its venv module and set RCML_PYTHON to it" \
      "$("$python" --version 2>&1) does not fit: dbt and pyarrow need 3.11 to 3.13"
}

fill_uv() {
  run "$cure_network" "$python" -m venv "$1"
  run "$cure_network" "$1/bin/python" -m pip install --quiet --require-hashes -r "$requirements/uv.txt"
}

# provide_venv NAME: deps/NAME, a virtual environment with exactly what requirements/NAME.txt locks.
# Made in place, as a venv cannot be moved; the stamp is written last.
provide_venv() {
  local name=$1 lock="$requirements/$1.txt" stamp venv="$deps/$1" uv="$deps/uv-0.13.9/bin/python -m uv"
  stamp=$(sha256sum <"$lock")
  is_ready "$name" "$stamp" && [ -x "$venv/bin/python" ] && return 0
  need_python
  provide uv-0.13.9 1 fill_uv
  say "$name: Python packages of tools/requirements/$name.txt -> $venv"
  rm -f "$venv/.complete"
  # shellcheck disable=SC2086  # $uv is a command with its arguments
  {
    [ -x "$venv/bin/python" ] ||
      UV_PYTHON_DOWNLOADS=never run "$cure_network" $uv venv --quiet --clear --python "$(command -v "$python")" "$venv"
    UV_PYTHON_DOWNLOADS=never run "$cure_network" $uv pip sync --quiet --require-hashes --python "$venv/bin/python" "$lock"
  }
  printf '%s' "$stamp" >"$venv/.complete"
  steps_done=$((steps_done + 1))
}

# locked_version PACKAGE LOCK: the version a lock pins.
locked_version() { sed -n "s/^$1==\([^ ;]*\).*/\1/p" "$requirements/$2.txt"; }
