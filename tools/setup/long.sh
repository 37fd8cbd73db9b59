# shellcheck shell=bash
# What `make test-long` needs beyond servers: the maker of the bare systems (tests/long/bare_machine).

setup_long() {
  if command -v dpkg >/dev/null; then apt_need mmdebstrap; else say "no bare machines: this is no Debian or Ubuntu"; fi
}
