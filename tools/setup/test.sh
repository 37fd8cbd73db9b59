# shellcheck shell=bash
# What `make test` needs beyond the build: foreign readers of the lake, a fuzzer, a browser.

setup_test() {
  apt_need clang:clang jq:jq kcat:kcat setfattr:attr chromium:chromium node:nodejs
  # The fuzzer's runtime is a package of its own, named after clang's major version.
  apt_need "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
  provide_venv reader-tools
  provide playwright-core-1.65 1 fill_playwright
}

fill_playwright() {
  npm_unpack playwright-core@1.65.0 "$1/npm"
  cp -a "$1/npm/." "$1/"
  rm -rf "$1/npm"
}
