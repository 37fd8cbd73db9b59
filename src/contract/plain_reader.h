// contract/plain_reader.h: reads the events that nearly every client sends, without finding their tokens first.
//
// Plain is an object of known columns, each once, no white space, values that are texts without escapes or null, and no
// text longer than its column. Clients send the same fields in the same order again and again, so the reader guesses
// the next key from the last event and compares; only the end of each text has to be searched. What is not plain is
// left to the decoder's general way, which gives the same row for a plain event.
#pragma once

#include <array>

#include "contract/event.h"

namespace rcml::contract {

// The column that came after each the last time; the one at [column_count] comes first.
using NextColumns = std::array<Column, column_count + 1>;

class PlainReader {
 public:
  PlainReader();

  // False: `json` is not plain; `row` may hold some of its texts. True: `row` has all texts; event_ts is not yet parsed.
  // `json` has kEventPaddingBytes after it.
  bool read(std::string_view json, ClickRow& row);

  // Of the event that was read.
  ColumnSet seen_columns() const { return seen_columns_; }
  std::string_view event_ts_text() const { return event_ts_text_; }

 private:
  // False when the column does not take this value here.
  bool set(Column column, std::string_view text, ClickRow& row);

  // The column that came after each the last time; the one at [column_count] comes first.
  std::array<Column, column_count + 1> next_;
  ColumnSet seen_columns_ = 0;
  std::string_view event_ts_text_;
};

}  // namespace rcml::contract
