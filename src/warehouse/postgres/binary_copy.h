// warehouse/postgres/binary_copy.h: Arrow batches in, bytes of PostgreSQL's binary COPY format out. Pure.
//
// The format: a header, then per row a 16-bit field count and per field a 32-bit length and the value, big-endian; a
// field count of -1 ends it. Times count microseconds from 2000-01-01, dates days from there, numerics are digits of
// base 10,000.
#pragma once

#include <string>
#include <string_view>

#include "core/ids.h"
#include "warehouse/parquet_input.h"

namespace arrow {
class RecordBatch;
}

namespace rcml::warehouse {

std::string_view binary_copy_header();
std::string_view binary_copy_trailer();

// Appends all rows of `batch` to `out`, columns in the warehouse's order, dt from the argument. corrupt (naming
// `file`) when a text holds more bytes than the contract allows or a column has a type that no lake writer makes.
Status append_rows(RawTable table, const InspectedFile& file, Dt dt, const arrow::RecordBatch& batch, std::string& out);

// Writes the field (length and value) of a numeric(12,2) at `out`; returns the end. At most 4 + 16 bytes.
char* write_numeric_12_2(int64_t hundredths, char* out);

}  // namespace rcml::warehouse
