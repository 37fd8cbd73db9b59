# shellcheck shell=bash
# The linters of `make check`, pinned.

setup_lint() {
  provide_venv lint-tools
}
