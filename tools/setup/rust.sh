# shellcheck shell=bash
# Rust for the Delta bridge: one that is there, else the distribution's, else rustup's.

rust_oldest=1.88
rust_folders=("$HOME/.cargo/bin" /usr/local/cargo/bin /usr/lib/rust-*/bin /usr/bin)

setup_rust() {
  need_rust
}

# need_rust: from here on `rustc` and `cargo` are new enough.
need_rust() {
  use_rust && return 0
  local found cure="install Rust $rust_oldest or newer so that rustc and cargo are on the PATH"
  found=$(rustc --version 2>&1 | head -n 1) || true
  if ! command -v rustup >/dev/null; then
    fetch_apt_lists
    # Debian keeps a new one for its browsers, in the updates of a stable release too. It cannot stand beside rustup.
    if is_at_least "$rust_oldest" "$(apt_version rustc-web)"; then
      apt_need rustc-web cargo-web
    elif [ -n "$(apt_version rustup)" ]; then
      apt_need rustup
    fi
  fi
  if ! use_rust && command -v rustup >/dev/null; then
    say "Rust: stable toolchain by rustup"
    run "let rustup reach its server (RUSTUP_DIST_SERVER), or $cure" rustup toolchain install stable --profile minimal
    run "see the message above" rustup default stable
  fi
  use_rust || die "$cure" "no Rust $rust_oldest or newer, and apt has none; here is: ${found:-none}"
}

# use_rust: puts a new enough Rust of this machine first on the PATH: the one that is found there, or another that an
# older one, or a rustup without a toolchain, hides.
use_rust() {
  local folder
  if command -v cargo >/dev/null && is_new_rust rustc; then return 0; fi
  for folder in "${rust_folders[@]}"; do
    if [ -x "$folder/cargo" ] && is_new_rust "$folder/rustc"; then
      say "Rust: that of $folder"
      PATH=$folder:$PATH
      return 0
    fi
  done
  return 1
}

is_new_rust() {
  is_at_least "$rust_oldest" "$("$1" --version 2>/dev/null | sed -nE 's/^rustc ([0-9.]+).*/\1/p')"
}
