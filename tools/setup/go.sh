# shellcheck shell=bash
# Go for the parts that are compiled from it (s3, terraform). Each says which Go it needs; where the system's is older,
# this one is brought through the Go module proxy, whose sums the go command checks. Nothing is installed in the system.

go_brought=1.27.3
go_oldest_that_brings=1.21 # An older one does not know GOTOOLCHAIN.

setup_go() {
  need_go "$go_brought"
}

# need_go VERSION WHAT: from here on `go` is VERSION or newer. WHAT needs it, for the message when it cannot be had.
need_go() {
  has_go "$1" && return 0
  if ! has_go "$go_oldest_that_brings"; then
    fetch_apt_lists
    if is_at_least "$go_oldest_that_brings" "$(apt_version golang-go)"; then apt_need golang-go; else use_backports_go; fi
    has_go "$1" && return 0
  fi
  bring_go "$1" "${2:-this part}"
}

# The go command of $PATH says what it is; a GOTOOLCHAIN that was exported above counts.
go_version() { (cd / && go env GOVERSION 2>/dev/null) | sed 's/^go//'; }

has_go() {
  command -v go >/dev/null && is_at_least "$1" "$(go_version)"
}

bring_go() {
  local found
  found=$(go_version)
  is_at_least "$1" "$go_brought" || die "raise go_brought in tools/setup/go.sh" "$2 needs Go $1, newer than $go_brought"
  say "Go $go_brought through the Go module proxy: $2 needs $1, this is Go ${found:-(none)}"
  # The variable wins over GOTOOLCHAIN=local in the settings of go, which Debian's packages and some images have.
  export GOTOOLCHAIN="go$go_brought"
  run "install Go $1 or newer so that go is on the PATH, or let go reach its module proxy (go env GOPROXY GOSUMDB): \
$2 needs Go $1, this is Go ${found:-(none)}" go -C / version
}

# Debian 12 has Go 1.19 and a newer one in its backports. Those packages are unpacked into deps/ and not installed, so
# the system's sources and its Go stay as they are.
use_backports_go() {
  # shellcheck source=/dev/null
  . /etc/os-release
  command -v apt-get >/dev/null && [ -n "${VERSION_CODENAME:-}" ] ||
    die "install Go $go_oldest_that_brings or newer so that go is on the PATH" "this is no Debian or Ubuntu"
  provide "go-$VERSION_CODENAME-backports" 1 fill_backports_go
  PATH=$(echo "$deps/go-$VERSION_CODENAME-backports"/usr/lib/go-*/bin):$PATH
}

fill_backports_go() {
  local release=$VERSION_CODENAME-backports mirror package apt="$1/apt"
  # shellcheck disable=SC2016  # the dollars are apt's
  mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' |
    sed -n "s/ $VERSION_CODENAME\$//p" | head -n 1)
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  echo "deb $mirror $release main" >"$apt/sources.list"
  local options=(-q -o APT::Update::Error-Mode=any -o APT::Sandbox::User=root -o Dir::Etc::SourceList="$apt/sources.list"
    -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt")
  run "install Go $go_oldest_that_brings or newer so that go is on the PATH, or let apt reach $release: this Go is older" \
    apt-get "${options[@]}" update
  package=$(apt-cache "${options[@]}" show golang-go 2>/dev/null |
    sed -nE 's/^Depends:.*(golang-1\.[0-9]+-go).*/\1/p' | sort -V | tail -n 1) || true
  [ -n "$package" ] || die "install Go $go_oldest_that_brings or newer so that go is on the PATH" "$release has no Go"
  (cd "$1" && run "$cure_network" apt-get "${options[@]}" download "$package" "${package%-go}-src")
  for package in "$1"/*.deb; do run "$cure_network" dpkg-deb -x "$package" "$1"; done
  rm -rf "$1"/*.deb "$apt"
}
