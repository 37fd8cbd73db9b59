// generator/renderer.h: a record becomes the line of JSON that producers send.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/event_source.h"
#include "generator/event_record.h"

namespace rcml::generator {

// Event ids are `prefix` and twelve hexadecimal digits of the event's number.
inline constexpr int kEventIdDigits = 12;

// Not thread-safe: one per thread. Its memory is reused from batch to batch.
class Renderer {
 public:
  explicit Renderer(std::string event_id_prefix);
  ~Renderer();

  // The lines of `records`, in their order, each followed by a newline; valid until the next call.
  struct Lines {
    std::string_view bytes;
    std::span<const broker::KeyedEvent> events;
  };
  Lines render(std::span<const EventRecord> records, std::span<const uint32_t> order);

 private:
  struct Fragments;
  char* write_line(const EventRecord& record, char* out);
  char* write_order(const EventRecord& record, char* out);
  char* write_malformed(const EventRecord& record, char* out);
  char* write_time(int64_t us, char* out);
  void reserve(std::span<const EventRecord> records);

  std::string prefix_;
  std::unique_ptr<Fragments> fragments_;
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  std::vector<broker::KeyedEvent> events_;
  int64_t hour_us_ = INT64_MIN;  // Start of the hour whose text is in hour_text_.
  char hour_text_[16] = {};
};

}  // namespace rcml::generator
