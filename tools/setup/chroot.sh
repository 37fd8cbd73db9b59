# shellcheck shell=bash
# Bare Debian roots that the package is tried in (tests/platform/package): one with nothing but what Debian cannot do
# without, one with Python too, and the wheels of dbt for it. Where no root may be made, the suite says so and skips.

setup_chroot() {
  # shellcheck source=/dev/null
  . /etc/os-release
  if ! command -v dpkg >/dev/null || [ -z "${VERSION_CODENAME:-}" ]; then
    say "no bare roots: this is no Debian or Ubuntu"
    return 0
  fi
  apt_need mmdebstrap
  chroot_codename=$VERSION_CODENAME
  # The package needs the libc it was built with, so the root is of this system's release.
  provide "chroot-$chroot_codename" 2 fill_chroot
  provide "chroot-$chroot_codename-python" 2 fill_chroot_python
  provide dbt-wheels "2 $(sha256sum <"$requirements/dbt.txt")" fill_dbt_wheels
}

fill_chroot() { make_root "$1" ""; }
fill_chroot_python() { make_root "$1" python3-venv; }

# make_root FOLDER PACKAGES: FOLDER/root.tar of this release's smallest system, with these packages.
make_root() {
  # The system's own sources, whatever mirror they name. What dpkg leaves out here it must not leave out of our package.
  # shellcheck disable=SC2016  # the hook's own $1
  run "check apt's sources (apt-get update) and the network, then run tools/setup.sh chroot again" \
    env SOURCE_DATE_EPOCH=0 mmdebstrap --variant=minbase ${2:+--include="$2"} --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='rm "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"' "$chroot_codename" "$1/root.tar"
}

fill_dbt_wheels() {
  need_python
  provide uv-0.13.9 1 fill_uv # For its pip.
  download_wheels "$requirements/dbt.txt" "$1"
  # pip asks the markers of this Python. The root's may be another 3.11, so what has a marker is fetched whatever it
  # says, one at a time: two versions of one package do not stand in one list.
  local number=0 list="$1/one.txt"
  while IFS= read -r number; do
    sed -n "$number"'{s/ ;[^\\]*/ /;p}' "$requirements/dbt.txt" >"$list"
    sed -n "$((number + 1))"',/^[^ ]/{/^ /p}' "$requirements/dbt.txt" >>"$list"
    download_wheels "$list" "$1"
  done < <(grep -n 'python_\(full_\)\?version' "$requirements/dbt.txt" | cut -d: -f1)
  rm -f "$list"
}

download_wheels() {
  run "$cure_network" "$deps/uv-0.13.9/bin/python" -m pip download --quiet --only-binary :all: --no-deps \
    --ignore-requires-python --require-hashes -r "$1" -d "$2"
}
