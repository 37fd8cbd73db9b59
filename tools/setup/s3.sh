# shellcheck shell=bash
# A real S3 server for the tests (versitygw), and the proxy that breaks connections on purpose (toxiproxy). Both are
# Go programs; tools/services.py starts and stops them.

setup_s3() {
  apt_need setfattr:attr # versitygw keeps an object's metadata in user xattrs.
  provide versitygw-1.8.0 1 fill_versitygw
  provide toxiproxy-2.5.0 1 fill_toxiproxy
}

# Go 1.21 and later fetch the toolchain a module asks for by themselves.
need_go() {
  apt_need go:golang-go
  local version
  version=$(go env GOVERSION | sed 's/^go//')
  [ "$(printf '1.21\n%s\n' "$version" | sort -V | head -n 1)" = 1.21 ] ||
    die "install Go 1.21 or newer so that go is on the PATH (Debian 12: golang from bookworm-backports)" "Go $version is too old"
}

fill_versitygw() {
  need_go
  say "  compiling versitygw; the first time takes about 4 minutes"
  run "$cure_network" env GOBIN="$1" go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
}

fill_toxiproxy() {
  need_go
  run "$cure_network" env GOBIN="$1" go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0
}
