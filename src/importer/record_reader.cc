// importer/record_reader.cc: one buffer of input; CSV is a machine of four states over its bytes.
#include "importer/record_reader.h"

#include <cstring>

namespace rcml::importer {
namespace {

constexpr size_t kChunkBytes = 256 << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class Buffered {
 public:
  explicit Buffered(std::unique_ptr<ByteInput> input) : input_(std::move(input)), bytes_(kChunkBytes, '\0') {}

  // What is there now; empty at the end.
  Result<std::string_view> available() {
    if (at_ == size_) {
      RCML_TRY(size_, input_->read(bytes_.data(), bytes_.size()));
      at_ = 0;
    }
    return std::string_view(bytes_.data() + at_, size_ - at_);
  }
  void consume(size_t count) { at_ += count; }

 private:
  std::unique_ptr<ByteInput> input_;
  std::string bytes_;
  size_t at_ = 0;
  size_t size_ = 0;
};

void begin(Record& record, int64_t line) {
  record.line = line;
  record.text.clear();
  record.fields.clear();
  record.fault.clear();
}

std::string too_long_text(int64_t bytes_max) { return "longer than " + std::to_string(bytes_max) + " bytes"; }

class LineReader : public RecordReader {
 public:
  LineReader(std::unique_ptr<ByteInput> input, int64_t bytes_max) : input_(std::move(input)), bytes_max_(bytes_max) {}

  Result<bool> next(Record& record) override {
    while (true) {
      RCML_TRY(const bool is_there, read_line(record));
      if (!is_there) return false;
      if (line_ == 1 && record.text.starts_with(kByteOrderMark)) record.text.erase(0, kByteOrderMark.size());
      if (record.text.find_first_not_of(" \t") != std::string::npos) return true;
    }
  }

 private:
  Result<bool> read_line(Record& record) {
    begin(record, ++line_);
    bool has_bytes = false;
    while (true) {
      RCML_TRY(const std::string_view bytes, input_.available());
      if (bytes.empty()) break;
      has_bytes = true;
      const auto* end = static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
      const size_t length = end == nullptr ? bytes.size() : static_cast<size_t>(end - bytes.data());
      append(record, bytes.substr(0, length));
      input_.consume(end == nullptr ? length : length + 1);
      if (end != nullptr) break;
    }
    if (record.text.ends_with('\r')) record.text.pop_back();
    return has_bytes;
  }

  void append(Record& record, std::string_view bytes) {
    const size_t room = static_cast<size_t>(bytes_max_) - record.text.size();
    if (bytes.size() > room) record.fault = too_long_text(bytes_max_);
    record.text.append(bytes.substr(0, room));
  }

  Buffered input_;
  int64_t bytes_max_;
  int64_t line_ = 0;
};

class CsvReader : public RecordReader {
 public:
  CsvReader(std::unique_ptr<ByteInput> input, char delimiter, int64_t bytes_max)
      : input_(std::move(input)), delimiter_(delimiter), bytes_max_(static_cast<size_t>(bytes_max)) {}

  Result<bool> next(Record& record) override {
    while (true) {
      RCML_TRY(const bool is_there, read_record(record));
      if (!is_there || !record.text.empty()) return is_there;
    }
  }

 private:
  enum class State : uint8_t { field_start, plain, quoted, quote_in_quoted };

  Result<bool> read_record(Record& record) {
    begin(record, line_ + 1);
    state_ = State::field_start;
    field_.clear();
    bool has_bytes = false;
    for (bool is_done = false; !is_done;) {
      RCML_TRY(std::string_view bytes, input_.available());
      if (bytes.empty()) break;
      has_bytes = true;
      size_t used = 0;
      while (!is_done && used < bytes.size()) is_done = take(record, bytes[used++]);
      input_.consume(used);
    }
    if (state_ == State::quoted && record.fault.empty())
      record.fault = "a quote is not closed before the end of the file";
    end_field(record);
    if (record.text.ends_with('\r')) record.text.pop_back();
    return has_bytes;
  }

  // One byte; true when it ended the record.
  bool take(Record& record, char c) {
    if (c == '\n') ++line_;
    const bool is_end = c == '\n' && (state_ != State::quoted || !record.fault.empty());
    if (is_end) return true;
    keep(record, c);
    if (record.text == kByteOrderMark && line_ == 0) {
      record.text.clear();
      field_.clear();
      state_ = State::field_start;
      return false;
    }
    step(record, c);
    return false;
  }

  void keep(Record& record, char c) {
    if (record.text.size() < bytes_max_) {
      record.text.push_back(c);
    } else {
      // From here on the next line end ends the record, also inside quotes: one lost quote must not eat the file.
      record.fault = too_long_text(static_cast<int64_t>(bytes_max_));
    }
  }

  void step(Record& record, char c) {
    if (!record.fault.empty()) return;
    switch (state_) {
      case State::field_start:
        state_ = State::plain;
        if (c == '"') {
          state_ = State::quoted;
        } else {
          take_plain(record, c);
        }
        return;
      case State::plain: return take_plain(record, c);
      case State::quoted:
        if (c == '"') {
          state_ = State::quote_in_quoted;
        } else {
          field_.push_back(c);
        }
        return;
      case State::quote_in_quoted:
        if (c == '"') {
          field_.push_back('"');
          state_ = State::quoted;
        } else if (c == delimiter_) {
          take_plain(record, c);
        } else if (c != '\r') {
          record.fault = "text after a closing quote";
        }
        return;
    }
  }

  void take_plain(Record& record, char c) {
    if (c == delimiter_) {
      end_field(record);
      state_ = State::field_start;
    } else {
      field_.push_back(c);
    }
  }

  void end_field(Record& record) {
    if (state_ == State::plain && field_.ends_with('\r') && record.text.ends_with('\r')) field_.pop_back();
    record.fields.push_back(field_);
    field_.clear();
  }

  Buffered input_;
  char delimiter_;
  size_t bytes_max_;
  int64_t line_ = 0;  // Line ends seen.
  State state_ = State::field_start;
  std::string field_;
};

}  // namespace

std::unique_ptr<RecordReader> line_reader(std::unique_ptr<ByteInput> input, int64_t bytes_max) {
  return std::make_unique<LineReader>(std::move(input), bytes_max);
}

std::unique_ptr<RecordReader> csv_reader(std::unique_ptr<ByteInput> input, char delimiter, int64_t bytes_max) {
  return std::make_unique<CsvReader>(std::move(input), delimiter, bytes_max);
}

}  // namespace rcml::importer
