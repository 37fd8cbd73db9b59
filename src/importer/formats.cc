// importer/formats.cc: both formats are walked with the contract's scanner, so every digit stays as it was written.
#include "importer/formats.h"

#include "contract/json_scan.h"

namespace rcml::importer {
namespace {

constexpr int32_t kDepthMax = 64;

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Takes one JSON value and the white space after it off the front of `rest`; empty when there is none.
std::string_view take_value(std::string_view& rest) {
  const contract::ScannedValue scanned = contract::scan_value(rest, kDepthMax);
  if (scanned.fault != contract::ScanFault::none) return {};
  const std::string_view value = rest.substr(0, scanned.length);
  rest = trimmed(rest.substr(scanned.length));
  return value;
}

// `object` is one whole, valid JSON object.
std::vector<Field> fields_of(std::string_view object) {
  std::vector<Field> fields;
  std::string_view rest = trimmed(object.substr(1));
  while (rest.front() != '}') {
    const std::string_view key = take_value(rest);
    rest = trimmed(rest.substr(1));  // The colon
    const std::string_view value = take_value(rest);
    fields.push_back({key.substr(1, key.size() - 2), value, true});
    if (rest.front() == ',') rest = trimmed(rest.substr(1));
  }
  return fields;
}

// `array` is one whole, valid JSON array.
std::vector<std::string_view> elements_of(std::string_view array) {
  std::vector<std::string_view> elements;
  std::string_view rest = trimmed(array.substr(1));
  while (rest.front() != ']') {
    elements.push_back(take_value(rest));
    if (rest.front() == ',') rest = trimmed(rest.substr(1));
  }
  return elements;
}

const Field* find(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

EventFields otto_event(std::string_view session, std::string_view element, std::vector<std::string>& memory) {
  EventFields event;
  const std::vector<Field> given = element.starts_with('{') ? fields_of(element) : std::vector<Field>();
  const Field* aid = find(given, "aid");
  if (aid == nullptr || find(given, "ts") == nullptr || find(given, "type") == nullptr) {
    event.fault = "an event needs aid, ts and type";
    return event;
  }
  memory.push_back("\"/p/" + std::string(aid->value) + "\"");
  event.fields = given;
  event.fields.push_back({"session", session, true});
  event.fields.push_back({"page", memory.back(), true});
  return event;
}

}  // namespace

EventFields ndjson_fields(std::string_view line) {
  EventFields event;
  std::string_view rest = trimmed(line);
  const std::string_view object = take_value(rest);
  if (object.empty() || !rest.empty()) {
    event.fault = "not JSON";
  } else if (object.front() != '{') {
    event.fault = "not a JSON object";
  } else {
    event.fields = fields_of(object);
  }
  return event;
}

std::vector<EventFields> otto_events(std::string_view line, std::vector<std::string>& memory) {
  const EventFields whole = ndjson_fields(line);
  if (!whole.fault.empty()) return {whole};
  const Field* session = find(whole.fields, "session");
  const Field* events = find(whole.fields, "events");
  if (session == nullptr || events == nullptr || !events->value.starts_with('['))
    return {{{}, "a session needs `session` and a list `events`"}};
  const std::vector<std::string_view> elements = elements_of(events->value);
  memory.clear();
  memory.reserve(elements.size());  // Views into its short strings must hold.
  std::vector<EventFields> result;
  for (const std::string_view element : elements) result.push_back(otto_event(session->value, element, memory));
  return result;
}

ImportOptions with_otto_rules(ImportOptions options) {
  options.time_unit = TimeUnit::ms;
  options.column_of = {{"customer_id", "session"}, {"product_id", "aid"}, {"event_ts", "ts"}, {"event_type", "type"}};
  options.event_type_of.insert({{"clicks", "product_view"}, {"carts", "add_to_cart"}, {"orders", "purchase"}});
  options.constants.emplace("source", "otto");
  return options;
}

}  // namespace rcml::importer
