#!/usr/bin/env bash
# `make package`: a relocatable archive and a Debian package of build/rcml, in dist/.
#
#   tools/package.sh [DIR]      DIR: another folder than dist
#
# Both hold the same tree: bin/rcml, its libraries in lib/rcml (everything but libc, found by $ORIGIN), the dbt project
# and the dashboards in share/rcml, and the licences of what is bundled. The same commit gives the same bytes: times are
# those of the commit (or SOURCE_DATE_EPOCH), names are sorted, and nothing tells which folder it was built in.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
repo=$PWD
export LC_ALL=C TZ=UTC
umask 022

# Part of glibc, or of the kernel: the target's own.
readonly from_target='^(linux-vdso|ld-linux-.*|libc|libm|libdl|librt|libpthread|libresolv|libutil|libanl)\.so'
# The glibc the libraries were linked with is the oldest that runs them.
readonly architecture=amd64 machine=linux-x86_64

fail() {
  printf 'package: error: %s\npackage: cure: %s\n' "$1" "$2" >&2
  exit 3
}

main() {
  [ -x build/rcml ] || fail "there is no build/rcml" "make build"
  "$repo/tools/setup.sh" package
  deps="${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps"
  out=${1:-dist}
  mkdir -p "$out"
  out=$(cd "$out" && pwd)
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  read_version
  stage="$work/tree"
  add_program
  add_data
  add_licences
  forget_build_folders
  find "$stage" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  make_archive
  make_deb
}

# Version and time come from the commit; a source archive has no commit, and its maker says the time.
read_version() {
  version=$(sed -nE 's/^project\(rcml VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
  if git rev-parse --verify -q HEAD >/dev/null 2>&1; then
    : "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct)}"
    if ! git tag --points-at HEAD | grep -qx "v$version"; then
      version+="+git$(git log -1 --format=%cd --date=format-local:%Y%m%d).$(git rev-parse --short=9 HEAD)"
    fi
    [ -z "$(git status --porcelain --untracked-files=no)" ] || version+=".changed"
  fi
  [ -n "${SOURCE_DATE_EPOCH:-}" ] || fail "this is no git checkout, so the package has no date" \
    "export SOURCE_DATE_EPOCH=SECONDS, the time of the release"
  export SOURCE_DATE_EPOCH
}

add_program() {
  local name path
  install -D -m 755 build/rcml "$stage/bin/rcml"
  strip --strip-unneeded "$stage/bin/rcml"
  # shellcheck disable=SC2016  # $ORIGIN is the loader's
  patchelf --set-rpath '$ORIGIN/../lib/rcml' "$stage/bin/rcml"
  : >"$work/bundled"
  while read -r name path; do
    [ "$path" != not ] || fail "build/rcml cannot find $name" "tools/setup.sh build, then make build"
    install -D -m 644 "$(readlink -f "$path")" "$stage/lib/rcml/$name"
    printf '%s\n' "$(readlink -f "$path")" >>"$work/bundled"
    strip --strip-unneeded "$stage/lib/rcml/$name"
    # Or a library of the target's would be taken for one of ours.
    # shellcheck disable=SC2016
    [ "$(patchelf --print-rpath "$stage/lib/rcml/$name")" = '$ORIGIN' ] ||
      patchelf --set-rpath '$ORIGIN' "$stage/lib/rcml/$name"
  done < <(ldd build/rcml | awk '$2 == "=>" { print $1, $3 }' | grep -vE "$from_target")
  install -m 755 packaging/setup-dbt "$stage/lib/rcml/setup-dbt"
}

# Only what is tracked: a checkout in use has targets, logs and secrets lying about.
tracked() { if [ -e .git ]; then git ls-files -- "$@"; else find "$@" -type f 2>/dev/null | sort; fi; }

add_tracked() {
  local file
  while IFS= read -r file; do
    install -D -m 644 "$file" "$stage/share/rcml/$file"
    [ ! -x "$file" ] || chmod 755 "$stage/share/rcml/$file"
  done < <(tracked "$@")
}

add_data() {
  # The live page is inside the program; these are the other dashboards and what runs around the program.
  add_tracked dags dashboards spark packaging/systemd
  install -D -m 644 tools/requirements/dbt.txt "$stage/share/rcml/dbt.txt"
  install -D -m 644 .env.example "$stage/share/rcml/.env.example"
  local unit page
  for unit in packaging/systemd/*.service packaging/systemd/*.timer; do
    [ ! -f "$unit" ] || install -D -m 644 "$unit" "$stage/lib/systemd/system/$(basename "$unit")"
  done
  rm -rf "$stage/share/rcml/packaging"
  while IFS= read -r page; do
    install -D -m 644 "$page" "$stage/share/doc/rcml/$page"
  done < <(tracked README.md CHANGELOG.md docs | grep '\.md$')
  mkdir -p "$stage/share/man/man1"
  man_page | gzip -9n >"$stage/share/man/man1/rcml.1.gz"
}

# What the program says of itself, as a page.
man_page() {
  local date
  date=$(date --date="@$SOURCE_DATE_EPOCH" +%Y-%m-%d)
  printf '.TH RCML 1 "%s" "rcml %s" "User Commands"\n' "$date" "$version"
  printf '.SH NAME\nrcml \\- website clicks in, business\\-ready numbers out, every click counted exactly once\n'
  printf '.SH SYNOPSIS\n.B rcml\n.I COMMAND\n[\\fIsettings\\fR]\n.br\n.B rcml\n.I COMMAND\n\\-\\-help\n'
  printf '.SH COMMANDS\n.nf\n'
  env -i PATH="$PATH" build/rcml --help | sed -n '/^Commands/,/^$/p' | sed '1d;$d;s/\\/\\\\/g;s/-/\\-/g'
  printf '.fi\n.SH SETTINGS\nFrom flags, the environment, and the file\n.I .env\n(or the one named by\n.BR RCML_ENV_FILE ).\n'
  printf '.B rcml config show\nprints each with its value and where it came from, or the name that sets it.\n'
  printf '.SH EXIT STATUS\n0 done, 2 usage or configuration, 3 unavailable after retries, 4 data needs a person.\n'
  printf '.SH FILES\n.nf\n/etc/rcml/rcml.env\n/usr/share/rcml/dags/clickstream\n/usr/lib/rcml/setup\\-dbt\n.fi\n'
  printf '.SH SEE ALSO\n/usr/share/doc/rcml/docs, first operations/first\\-hour.md\n'
}

add_licences() {
  local licences="$stage/share/doc/rcml/licences" site package path
  site=$(echo "$deps"/python-tools/lib/python3.*/site-packages)
  install -D -m 644 LICENSE "$licences/rcml"
  install -m 644 LICENSE "$licences/simdjson-3.12.3" # Apache-2.0 as well (or MIT, by the user's choice).
  install -m 644 "$deps/librdkafka-2.10.0/LICENSES.txt" "$licences/librdkafka-2.10.0"
  install -m 644 "$deps/echarts-6.1.0/LICENSE" "$licences/echarts-6.1.0"
  cat "$deps/echarts-6.1.0/NOTICE" >>"$licences/echarts-6.1.0"
  cat "$site"/pyarrow-*.dist-info/licenses/* >"$licences/arrow"
  cat "$site"/duckdb-*.dist-info/licenses/* >"$licences/duckdb"
  install -m 644 "$deps/crate-licences/licences.txt" "$licences/delta-bridge-crates"
  {
    # Their headers are compiled in.
    printf '%s\n' nlohmann-json3-dev libboost-dev libspdlog-dev
    grep -v "^$deps\|^${XDG_CACHE_HOME:-$HOME/.cache}/" "$work/bundled" | while IFS= read -r path; do owner_of "$path"; done
  } | sort -u | while IFS= read -r package; do
    install -m 644 "/usr/share/doc/$package/copyright" "$licences/$package"
  done
}

# The Debian package a system library belongs to; the file may be registered below /lib or below /usr/lib.
owner_of() {
  local owner
  owner=$(dpkg-query -S "$1" 2>/dev/null || dpkg-query -S "${1#/usr}" 2>/dev/null) ||
    fail "no Debian package owns $1, so its licence is not known" "build on Debian or Ubuntu, with the packages of tools/setup.sh build"
  printf '%s\n' "${owner%%:*}"
}

# Messages carry the place in the source they came from, and with it the folder it was built in. A neutral text of the
# same length takes its place: strings in a program may neither grow nor shrink.
forget_build_folders() {
  local folder left cargo=${CARGO_HOME:-$HOME/.cargo}
  # shellcheck disable=SC2016  # perl's dollars
  for folder in "$cargo/registry/src" "$deps" "$repo"; do
    { grep -rlZF -- "$folder/" "$stage/bin" "$stage/lib" || true; } | xargs -0r perl -pi -e \
      'BEGIN { $from = shift; $to = substr("build", 0, length $from) . "/" x (length($from) - 5) } s/\Q$from\E/$to/g' "$folder/"
  done
  left=$(grep -rlF -e "$HOME/." -e "$repo/" -- "$stage" || true)
  [ -z "$left" ] || fail "a folder of this machine is named in: $left" "see forget_build_folders in tools/package.sh"
}

make_archive() {
  local name="rcml-$version-$machine"
  tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
    --transform="s,^tree,$name," -cf - tree | gzip -6n >"$out/.$name.new"
  mv "$out/.$name.new" "$out/$name.tar.gz"
  report "$out/$name.tar.gz"
}

make_deb() {
  local root="$work/deb" script file="$out/rcml_${version}_$architecture.deb"
  mkdir -p "$root/DEBIAN" "$root/etc/rcml"
  cp -a "$stage" "$root/usr"
  chmod 755 "$root/usr"
  install -m 640 .env.example "$root/etc/rcml/rcml.env" # It will hold passwords.
  ln -s licences/rcml "$root/usr/share/doc/rcml/copyright"
  for script in postinst postrm; do
    install -m 755 "packaging/debian/$script" "$root/DEBIAN/$script"
  done
  echo /etc/rcml/rcml.env >"$root/DEBIAN/conffiles"
  control_file "$(du -sk --apparent-size "$root/usr" | cut -f1)" >"$root/DEBIAN/control"
  (cd "$root" && find usr -type f | sort | xargs md5sum) >"$root/DEBIAN/md5sums"
  chmod 644 "$root"/DEBIAN/{conffiles,control,md5sums}
  find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zgzip -z6 --build "$root" "$work/made.deb" >/dev/null
  mv "$work/made.deb" "$file"
  report "$file"
}

control_file() {
  cat <<CONTROL
Package: rcml
Version: $version
Architecture: $architecture
Maintainer: rcml developers <rcml@example.invalid>
Installed-Size: $1
Depends: libc6 (>= $(needed_libc))
Recommends: ca-certificates, python3-venv
Section: database
Priority: optional
Description: website clicks in, business-ready numbers out
 Reads clicks from Kafka or files, commits them to a Delta lake on disk or S3,
 loads them into DuckDB, PostgreSQL or Redshift, builds the models with dbt and
 shows them on a page. Every click is counted exactly once, and the audit
 proves it. Run /usr/lib/rcml/setup-dbt once for the models.
CONTROL
}

# The newest symbol version of glibc that any of our files asks for.
needed_libc() {
  objdump -T "$stage/bin/rcml" "$stage"/lib/rcml/*.so* | grep -oE 'GLIBC_[0-9.]+' | cut -d_ -f2 | sort -V | tail -n 1
}

report() { printf '%s  %s bytes  sha256 %s\n' "${1#"$repo"/}" "$(stat -c %s "$1")" "$(sha256sum <"$1" | cut -c1-16)"; }

main "$@"
