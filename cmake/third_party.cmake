# Third-party parts. The set-up script (tools/setup.sh) puts what the system does not package under RCML_DEPS, one
# folder per version; a folder that is missing is named here together with the command that makes it.

if(DEFINED ENV{XDG_CACHE_HOME})
  set(rcml_cache $ENV{XDG_CACHE_HOME}/rcml)
else()
  set(rcml_cache $ENV{HOME}/.cache/rcml)
endif()
set(RCML_DEPS ${rcml_cache}/deps CACHE PATH "Where tools/setup.sh put the third-party parts")

function(rcml_require path what)
  if(NOT EXISTS ${path})
    message(FATAL_ERROR "${what} is missing (${path}). Run: tools/setup.sh build")
  endif()
endfunction()

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(spdlog REQUIRED)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
if(RCML_TESTS)
  find_package(GTest REQUIRED)
endif()

# librdkafka, newer than the one Debian 12 has.
set(librdkafka_dir ${RCML_DEPS}/librdkafka-2.10.0)
rcml_require(${librdkafka_dir}/librdkafka.so.1 "librdkafka")
add_library(rcml_librdkafka INTERFACE)
target_include_directories(rcml_librdkafka SYSTEM INTERFACE ${librdkafka_dir}/include)
target_link_libraries(rcml_librdkafka INTERFACE ${librdkafka_dir}/librdkafka.so.1)

# The order matters: libparquet exports OpenSSL's and simdjson's symbols, so the system's OpenSSL must be found first
# (an SSL Kafka client crashes inside libcrypto otherwise). Link this before anything else.
add_library(rcml_link_order INTERFACE)
target_link_options(rcml_link_order INTERFACE -Wl,--no-as-needed -lssl -lcrypto ${librdkafka_dir}/librdkafka.so.1 -Wl,--as-needed)

# simdjson, compiled in with hidden visibility so that neither side can bind to the other's copy.
set(simdjson_dir ${RCML_DEPS}/simdjson-3.12.3)
rcml_require(${simdjson_dir}/simdjson.cpp "simdjson")
add_library(rcml_simdjson STATIC ${simdjson_dir}/simdjson.cpp)
target_include_directories(rcml_simdjson SYSTEM PUBLIC ${simdjson_dir})
target_compile_options(rcml_simdjson PRIVATE -O3 -w)
set_target_properties(rcml_simdjson PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)

# Arrow C++ and Parquet as shipped in the pyarrow wheel.
set(arrow_dir ${RCML_DEPS}/pyarrow-26.0.1)
rcml_require(${arrow_dir}/libarrow.so.2600 "Arrow C++")
add_library(rcml_arrow INTERFACE)
target_include_directories(rcml_arrow SYSTEM INTERFACE ${arrow_dir}/include)
target_link_directories(rcml_arrow INTERFACE ${arrow_dir})
target_link_libraries(rcml_arrow INTERFACE -l:libparquet.so.2600 -l:libarrow_s3.so.2600 -l:libarrow.so.2600)

# DuckDB's C library; the same version as the Python package dbt uses, so that both read one file.
set(duckdb_dir ${RCML_DEPS}/duckdb-1.5.6)
rcml_require(${duckdb_dir}/libduckdb.so "DuckDB")
add_library(rcml_duckdb INTERFACE)
target_include_directories(rcml_duckdb SYSTEM INTERFACE ${duckdb_dir})
target_link_libraries(rcml_duckdb INTERFACE ${duckdb_dir}/libduckdb.so)

# The Delta bridge: our own C ABI over delta_kernel (src/lake/delta/kernel, Rust).
set(delta_dir ${RCML_DEPS}/delta-bridge)
rcml_require(${delta_dir}/librcml_delta.so "The Delta bridge")
add_library(rcml_delta_bridge INTERFACE)
target_include_directories(rcml_delta_bridge INTERFACE ${CMAKE_SOURCE_DIR}/src/lake/delta/kernel)
target_link_libraries(rcml_delta_bridge INTERFACE ${delta_dir}/librcml_delta.so)

set(CMAKE_BUILD_RPATH ${librdkafka_dir} ${arrow_dir} ${duckdb_dir} ${delta_dir})
