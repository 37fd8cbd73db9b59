#include "dashboard/distinct_count.h"

#include <bit>
#include <cstdint>
#include <vector>

namespace rcml::dashboard {
namespace {

// DuckDB owns the memory of a state and knows it as bytes: it holds a pointer to what we own.
struct State {
  std::vector<uint64_t>* words;
};

State& state_of(duckdb_aggregate_state state) { return *reinterpret_cast<State*>(state); }

idx_t state_size(duckdb_function_info) { return sizeof(State); }

void init(duckdb_function_info, duckdb_aggregate_state state) { state_of(state).words = new std::vector<uint64_t>(); }

void destroy(duckdb_aggregate_state* states, idx_t count) {
  for (idx_t index = 0; index < count; ++index) delete state_of(states[index]).words;
}

void add(std::vector<uint64_t>& words, int32_t number) {
  if (number < 0) return;
  const size_t word = static_cast<size_t>(number) / 64;
  if (word >= words.size()) words.resize(word + word / 2 + 64);
  words[word] |= uint64_t{1} << (number % 64);
}

void update(duckdb_function_info, duckdb_data_chunk input, duckdb_aggregate_state* states) {
  const duckdb_vector vector = duckdb_data_chunk_get_vector(input, 0);
  const auto* numbers = static_cast<const int32_t*>(duckdb_vector_get_data(vector));
  uint64_t* validity = duckdb_vector_get_validity(vector);
  const idx_t count = duckdb_data_chunk_get_size(input);
  for (idx_t row = 0; row < count; ++row) {
    if (validity == nullptr || duckdb_validity_row_is_valid(validity, row))
      add(*state_of(states[row]).words, numbers[row]);
  }
}

void combine(duckdb_function_info, duckdb_aggregate_state* sources, duckdb_aggregate_state* targets, idx_t count) {
  for (idx_t index = 0; index < count; ++index) {
    const std::vector<uint64_t>& from = *state_of(sources[index]).words;
    std::vector<uint64_t>& to = *state_of(targets[index]).words;
    if (to.size() < from.size()) to.resize(from.size());
    for (size_t word = 0; word < from.size(); ++word) to[word] |= from[word];
  }
}

void finalize(duckdb_function_info, duckdb_aggregate_state* states, duckdb_vector result, idx_t count, idx_t offset) {
  auto* counts = static_cast<int64_t*>(duckdb_vector_get_data(result));
  for (idx_t index = 0; index < count; ++index) {
    int64_t found = 0;
    for (const uint64_t word : *state_of(states[index]).words) found += std::popcount(word);
    counts[offset + index] = found;
  }
}

}  // namespace

bool add_count_numbers(duckdb_connection connection) {
  duckdb_aggregate_function function = duckdb_create_aggregate_function();
  duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
  duckdb_logical_type count = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
  duckdb_aggregate_function_set_name(function, "count_numbers");
  duckdb_aggregate_function_add_parameter(function, number);
  duckdb_aggregate_function_set_return_type(function, count);
  duckdb_aggregate_function_set_functions(function, state_size, init, update, combine, finalize);
  duckdb_aggregate_function_set_destructor(function, destroy);
  const bool is_added = duckdb_register_aggregate_function(connection, function) == DuckDBSuccess;
  duckdb_destroy_logical_type(&number);
  duckdb_destroy_logical_type(&count);
  duckdb_destroy_aggregate_function(&function);
  return is_added;
}

}  // namespace rcml::dashboard
