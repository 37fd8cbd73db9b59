# shellcheck shell=bash
# What `make build` needs. The folder names are those cmake/third_party.cmake looks for.

readonly duckdb_version=1.5.6 # The same as in requirements/python-tools.in: dbt and the program open one file.
readonly duckdb_npm=@duckdb/node-bindings-linux-x64@1.5.6-r.1
readonly duckdb_crate=1.10506.0
readonly librdkafka_crate=4.9.0+2.10.0

# shellcheck source=tools/setup/rust.sh
. "$repo/tools/setup/rust.sh"

setup_build() {
  [ "$(uname -m)" = x86_64 ] || die "build on x86-64" "only x86-64 was tried; this is $(uname -m)"
  apt_need g++:build-essential make:build-essential ninja:ninja-build cmake:cmake ccache:ccache pkg-config:pkg-config \
    git:git curl:curl libsasl2-dev libpq-dev libcli11-dev libboost-dev libspdlog-dev libfmt-dev \
    prometheus-cpp-dev libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev libssl-dev zlib1g-dev \
    liblz4-dev libzstd-dev nlohmann-json3-dev
  provide simdjson-3.12.3 1 fill_simdjson
  provide_venv python-tools
  link_arrow
  provide "duckdb-$duckdb_version" "$duckdb_npm" fill_duckdb
  provide librdkafka-2.10.0 2 fill_librdkafka
  setup_delta_bridge
}

# The amalgamated simdjson, as the source package of pysimdjson carries it.
fill_simdjson() {
  need_python
  provide uv-0.13.9 1 fill_uv # For its pip.
  run "$cure_network" "$deps/uv-0.13.9/bin/python" -m pip download --quiet --no-deps --no-binary pysimdjson \
    --require-hashes -r "$requirements/pysimdjson.txt" -d "$1/sdist"
  tar -xzf "$1"/sdist/pysimdjson-*.tar.gz -C "$1" --strip-components=2 --wildcards '*/simdjson/simdjson.h' \
    '*/simdjson/simdjson.cpp'
  rm -rf "$1/sdist"
  check_sum "$1/simdjson.h" d930dbc24ecba8fb7fcba534e1932375964bb2fab82a396d3b810b42968c1863
  check_sum "$1/simdjson.cpp" 17a1e9b70a8cc0a5be3b3e95ddb26838bcebdc8bb6cb93980a9628b065cbaf72
}

# Arrow C++ and Parquet are the ones inside the pyarrow wheel; the program and Python share them.
link_arrow() {
  local version target
  version=$(locked_version pyarrow python-tools)
  target=$(echo "$deps"/python-tools/lib/python3.*/site-packages/pyarrow)
  [ "$(readlink "$deps/pyarrow-$version")" = "$target" ] && return 0
  say "pyarrow-$version -> $target"
  ln -sfn "$target" "$deps/pyarrow-$version"
}

fill_duckdb() {
  need_rust # For crate_source, as below.
  npm_unpack "$duckdb_npm" "$1/npm"
  mv "$1/npm/libduckdb.so" "$1/"
  rm -rf "$1/npm"
  duckdb_header >"$1/duckdb.h"
  check_sum "$1/libduckdb.so" 3f4962cdd266eab2b479a5b5a4a6d063d279b2954ae814ed00385d553b747633
  check_sum "$1/duckdb.h" e85f70155b5948c8575e59f66e60d43575cec8b252293534c9e8598eb313a293
}

# The header of that very version travels inside the libduckdb-sys crate.
duckdb_header() {
  tar -xzOf "$(crate_source libduckdb-sys "$duckdb_crate")/duckdb.tar.gz" duckdb/src/include/duckdb.h
}

# librdkafka, from the sources inside the rdkafka-sys crate, with one fault of its own repaired: decision 0006 says why
# it is not the system's.
fill_librdkafka() {
  local source="$1/source" build="$1/build"
  apt_need cmake:cmake ninja:ninja-build patch:patch
  need_rust
  cp -r "$(crate_source rdkafka-sys "$librdkafka_crate")/librdkafka" "$source"
  run "the patch fits librdkafka 2.10.0 only" \
    patch --quiet -p1 -d "$source" -i "$repo/tools/setup/patches/librdkafka-2.10.0-eof.patch"
  say "  compiling librdkafka; about a minute"
  run "see the compiler's message above" cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DRDKAFKA_BUILD_EXAMPLES=OFF -DRDKAFKA_BUILD_TESTS=OFF -DENABLE_LZ4_EXT=ON -DWITH_ZLIB=ON -DWITH_ZSTD=ON \
    -DWITH_SSL=ON -DWITH_SASL=ON -DWITH_CURL=OFF -DWITH_PLUGINS=OFF
  run "see the compiler's message above" ninja -C "$build" rdkafka
  mkdir -p "$1/include/librdkafka"
  cp "$source/src/rdkafka.h" "$1/include/librdkafka/"
  cp "$source/LICENSES.txt" "$1/"
  cp "$build/src/librdkafka.so.1" "$1/"
  rm -rf "$build" "$source"
}

# crate_source NAME VERSION: prints the folder that holds the crate's sources, by need_rust's cargo; nothing of it is
# compiled.
crate_source() {
  local project="$cache/build/source-of-$1" manifest
  mkdir -p "$project/src"
  : >"$project/src/lib.rs"
  printf '[package]\nname = "source"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n%s = "=%s"\n' \
    "$1" "$2" >"$project/Cargo.toml"
  run "$cure_network" cargo fetch --quiet --manifest-path "$project/Cargo.toml"
  manifest=$(cargo metadata --quiet --offline --format-version 1 --manifest-path "$project/Cargo.toml" |
    grep -o "\"manifest_path\":\"[^\"]*/$1-[^\"]*/Cargo.toml\"" | cut -d'"' -f4)
  printf '%s' "${manifest%/Cargo.toml}"
}

# The Delta bridge, our own crate: built anew when its sources or its lock change, whatever the checkout. Each build
# keeps a folder of its own and deps/delta-bridge points at the last one, so a running program never loses its library.
setup_delta_bridge() {
  local crate="$repo/src/lake/delta/kernel" stamp name
  stamp=$(cd "$crate" && find Cargo.toml Cargo.lock src ./*.h -type f 2>/dev/null | sort | xargs sha256sum | sha256sum | cut -c1-16)
  name="delta-bridge-$stamp"
  provide "$name" "$stamp" fill_delta_bridge
  [ "$(readlink "$deps/delta-bridge")" = "$name" ] && return 0
  if [ -d "$deps/delta-bridge" ] && [ ! -L "$deps/delta-bridge" ]; then rm -rf "$deps/delta-bridge"; fi
  ln -sfn "$name" "$deps/delta-bridge"
  forget_old_bridges
}

fill_delta_bridge() {
  need_rust
  local target="$cache/build/delta-bridge/target"
  say "  compiling src/lake/delta/kernel with cargo; the first time takes up to 15 minutes of CPU"
  run "see the compiler's message above; cargo needs Rust 1.88 or newer and libssl-dev" \
    env CARGO_TARGET_DIR="$target" cargo build --quiet --release --locked \
    --manifest-path "$repo/src/lake/delta/kernel/Cargo.toml"
  cp "$target/release/librcml_delta.so" "$1/"
}

# Keeps the five newest: enough for a few checkouts side by side.
forget_old_bridges() {
  local old
  find "$deps" -maxdepth 1 -type d -name 'delta-bridge-*' -printf '%T@ %p\n' | sort -rn | tail -n +6 | cut -d' ' -f2- |
    while IFS= read -r old; do rm -rf "$old"; done
}
