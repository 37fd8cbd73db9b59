#include "lake/delta/log_json.h"

#include <simdjson.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <functional>

#include "core/fnv1a.h"
#include "lake/json_text.h"

namespace rcml::lake {
namespace {

using simdjson::dom::element;

Error unreadable(const std::string& what) {
  return corrupt("the Delta bridge returned " + what + " that cannot be read", "This is a bug in rcml");
}

std::string text_of(const element& object, const char* key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

int64_t number_of(const element& object, const char* key) {
  int64_t number = 0;
  return object[key].get(number) == simdjson::SUCCESS ? number : 0;
}

bool flag_of(const element& object, const char* key, bool fallback) {
  bool flag = fallback;
  return object[key].get(flag) == simdjson::SUCCESS ? flag : fallback;
}

std::map<std::string, std::string> texts_of(const element& object, const char* key) {
  std::map<std::string, std::string> texts;
  simdjson::dom::object fields;
  if (object[key].get(fields) != simdjson::SUCCESS) return texts;
  for (const auto [name, value] : fields) {
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS) texts.emplace(name, text);
  }
  return texts;
}

int64_t row_count_of(const std::string& stats_json) {
  simdjson::dom::parser parser;
  element stats;
  int64_t rows = 0;
  if (stats_json.empty() || parser.parse(stats_json).get(stats) != simdjson::SUCCESS) return kRowsUnknown;
  return stats["numRecords"].get(rows) == simdjson::SUCCESS ? rows : kRowsUnknown;
}

// An inline vector is its own id, and may be long: what goes into a ledger is short.
std::string short_id(const std::string& text) {
  constexpr size_t kIdBytesMax = 64;
  if (text.size() <= kIdBytesMax) return text;
  std::array<char, 48> id{};
  std::snprintf(id.data(), id.size(), "i%016" PRIx64 "-%zu", fnv1a(text), text.size());
  return id.data();
}

void note_deletion_vector(const element& action, DataFile& file) {
  element vector;
  if (action["deletionVector"].get(vector) != simdjson::SUCCESS || vector.is_null()) return;
  file.deletion_vector_json = simdjson::minify(vector);
  file.deleted_row_count = number_of(vector, "cardinality");
  file.deletion_vector_id = short_id(text_of(vector, "storageType") + text_of(vector, "pathOrInlineDv") + "@" +
                                     std::to_string(number_of(vector, "offset")));
  if (file.row_count != kRowsUnknown) file.row_count -= file.deleted_row_count;
}

DataFile file_of(const element& action) {
  DataFile file;
  file.path = text_of(action, "path");
  file.bytes = number_of(action, "size");
  file.modified_at_ms = number_of(action, "modificationTime");
  file.stats_json = text_of(action, "stats");
  file.row_count = row_count_of(file.stats_json);
  file.partition_values = texts_of(action, "partitionValues");
  note_deletion_vector(action, file);
  return file;
}

// Calls `visit` with each line's object.
Status for_each_line(const std::string& lines, const std::function<void(const element&)>& visit) {
  simdjson::dom::parser parser;
  for (size_t begin = 0; begin < lines.size();) {
    size_t end = lines.find('\n', begin);
    if (end == std::string::npos) end = lines.size();
    element line;
    if (end > begin) {
      if (parser.parse(lines.data() + begin, end - begin).get(line) != simdjson::SUCCESS)
        return unreadable("a log line");
      visit(line);
    }
    begin = end + 1;
  }
  return {};
}

std::string add_json(const DataFile& file) {
  std::string json =
      "{\"path\":" + json_string(file.path) + ",\"partitionValues\":" + json_object(file.partition_values) +
      ",\"size\":" + std::to_string(file.bytes) + ",\"modificationTime\":" + std::to_string(file.modified_at_ms);
  if (!file.stats_json.empty()) json += ",\"stats\":" + file.stats_json;
  return json + '}';
}

struct Field {
  std::string name;
  std::string type;
  bool is_nullable = true;
};

Result<std::vector<Field>> fields_of(const std::string& schema_json) {
  simdjson::dom::parser parser;
  element schema;
  simdjson::dom::array array;
  if (parser.parse(schema_json).get(schema) != simdjson::SUCCESS || schema["fields"].get(array) != simdjson::SUCCESS) {
    return unreadable("a schema");
  }
  std::vector<Field> fields;
  for (const element& field : array) {
    element type;
    if (field["type"].get(type) != simdjson::SUCCESS) return unreadable("a schema");
    std::string_view name;
    const bool is_simple = type.get(name) == simdjson::SUCCESS;
    fields.push_back({text_of(field, "name"), is_simple ? std::string(name) : simdjson::minify(type),
                      flag_of(field, "nullable", true)});
  }
  return fields;
}

const Field* find(const std::vector<Field>& fields, const std::string& name) {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

}  // namespace

Result<TableDescription> parse_description(const std::string& json) {
  simdjson::dom::parser parser;
  element description;
  element schema;
  simdjson::dom::array partition_columns;
  if (parser.parse(json).get(description) != simdjson::SUCCESS ||
      description["schema"].get(schema) != simdjson::SUCCESS ||
      description["partitionColumns"].get(partition_columns) != simdjson::SUCCESS) {
    return unreadable("a description");
  }
  TableDescription described;
  described.version = TableVersion(number_of(description, "version"));
  described.id = text_of(description, "id");
  described.schema_json = simdjson::minify(schema);
  described.properties = texts_of(description, "properties");
  described.write_refusal = text_of(description, "writeRefusal");
  for (const element& column : partition_columns) {
    std::string_view name;
    if (column.get(name) == simdjson::SUCCESS) described.partition_columns.emplace_back(name);
  }
  return described;
}

Result<Marks> parse_marks(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json).get(object) != simdjson::SUCCESS) return unreadable("marks");
  Marks marks;
  for (const auto [app, version] : object) {
    int64_t number = 0;
    if (version.get(number) != simdjson::SUCCESS) return unreadable("marks");
    marks.emplace(app, number);
  }
  return marks;
}

Result<std::vector<DataFile>> parse_live_files(const std::string& lines) {
  std::vector<DataFile> files;
  RCML_OK(for_each_line(lines, [&](const element& line) {
    files.push_back(file_of(line));
    element constants;
    if (line["fileConstantValues"].get(constants) == simdjson::SUCCESS) {
      files.back().partition_values = texts_of(constants, "partitionValues");
    }
  }));
  return files;
}

Result<std::vector<LogEntry>> parse_log(const std::string& lines) {
  std::vector<LogEntry> entries;
  RCML_OK(for_each_line(lines, [&](const element& line) {
    const TableVersion version(number_of(line, "version"));
    element action;
    if (line["add"].get(action) == simdjson::SUCCESS && !action.is_null()) {
      entries.push_back({version, true, flag_of(action, "dataChange", true), file_of(action)});
    } else if (line["remove"].get(action) == simdjson::SUCCESS && !action.is_null()) {
      entries.push_back({version, false, flag_of(action, "dataChange", true), file_of(action)});
    }
  }));
  return entries;
}

Result<std::vector<int64_t>> parse_row_indexes(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::array numbers;
  if (parser.parse(json).get(numbers) != simdjson::SUCCESS) return unreadable("a deletion vector");
  std::vector<int64_t> rows;
  for (const element& number : numbers) {
    int64_t row = 0;
    if (number.get(row) != simdjson::SUCCESS) return unreadable("a deletion vector");
    rows.push_back(row);
  }
  return rows;
}

Result<std::vector<std::string>> parse_paths(const std::string& lines) {
  std::vector<std::string> paths;
  RCML_OK(for_each_line(lines, [&](const element& line) { paths.push_back(text_of(line, "path")); }));
  return paths;
}

std::string commit_request_json(const CommitRequest& request, const std::string& commit_id) {
  std::string json = "{\"commitId\":" + json_string(commit_id) + ",\"operation\":" + json_string(request.operation) +
                     ",\"dataChange\":" + (request.is_data_change ? "true" : "false") + ",\"marks\":{";
  bool is_first = true;
  for (const auto& [app, version] : request.marks) {
    json += (is_first ? "" : ",") + json_string(app) + ':' + std::to_string(version);
    is_first = false;
  }
  json += "},\"removes\":" + json_array(request.removes) + ",\"adds\":[";
  is_first = true;
  for (const DataFile& file : request.adds) {
    json += (is_first ? "" : ",") + add_json(file);
    is_first = false;
  }
  return json + "]}";
}

Result<std::vector<std::string>> schema_differences(const std::string& expected, const std::string& actual) {
  RCML_TRY(const std::vector<Field> wanted, fields_of(expected));
  RCML_TRY(const std::vector<Field> found, fields_of(actual));
  std::vector<std::string> differences;
  for (const Field& field : wanted) {
    const Field* const there = find(found, field.name);
    if (there == nullptr) {
      differences.push_back("column " + field.name + " " + field.type + " is missing");
    } else if (there->type != field.type) {
      differences.push_back("column " + field.name + " is " + there->type + ", not " + field.type);
    } else if (there->is_nullable != field.is_nullable) {
      differences.push_back("column " + field.name +
                            (field.is_nullable ? " must allow nulls" : " must not allow nulls"));
    }
  }
  for (const Field& field : found) {
    if (find(wanted, field.name) == nullptr)
      differences.push_back("column " + field.name + " " + field.type + " is not ours");
  }
  if (!differences.empty()) return differences;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].name != found[i].name) {
      differences.push_back("column " + std::to_string(i + 1) + " is " + found[i].name + ", not " + wanted[i].name);
    }
  }
  return differences;
}

}  // namespace rcml::lake
