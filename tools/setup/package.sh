# shellcheck shell=bash
# What `make package` needs beside a build: patchelf, and the licences of the crates inside the Delta bridge.

setup_package() {
  apt_need patchelf:patchelf strip:binutils perl:perl dpkg-deb:dpkg
  provide crate-licences "$(sha256sum <"$repo/src/lake/delta/kernel/Cargo.lock")" fill_crate_licences
}

# The sources are in cargo's cache since the bridge was built, or are fetched again.
fill_crate_licences() {
  local crate="$repo/src/lake/delta/kernel" metadata="$cache/build/crate-licences.json"
  # shellcheck source=tools/setup/rust.sh
  . "$repo/tools/setup/rust.sh"
  need_rust
  mkdir -p "$cache/build"
  cargo metadata --quiet --locked --format-version 1 --filter-platform x86_64-unknown-linux-gnu \
    --manifest-path "$crate/Cargo.toml" >"$metadata" ||
    die "$cure_network" "cargo metadata failed, see above"
  need_python
  run "see the message above" "$python" "$repo/packaging/crate_licences.py" "$metadata" "$1/licences.txt"
  rm -f "$metadata"
}
