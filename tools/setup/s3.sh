# shellcheck shell=bash
# A real S3 server for the tests (versitygw), and the proxy that breaks connections on purpose (toxiproxy). Both are
# Go programs; tools/services.py starts and stops them.

# shellcheck source=tools/setup/go.sh
. "$repo/tools/setup/go.sh"

setup_s3() {
  apt_need setfattr:attr # versitygw keeps an object's metadata in user xattrs.
  provide versitygw-1.8.0 1 fill_versitygw
  provide toxiproxy-2.5.0 1 fill_toxiproxy
}

fill_versitygw() {
  need_go 1.25 "versitygw 1.8.0"
  say "  compiling versitygw; the first time takes about 4 minutes"
  run "$cure_network" env GOBIN="$1" go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
}

fill_toxiproxy() {
  need_go 1.17 "toxiproxy 2.5.0"
  run "$cure_network" env GOBIN="$1" go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0
}
