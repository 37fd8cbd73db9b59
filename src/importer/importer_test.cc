// importer/importer_test.cc: whole imports into memory, from real files on disk.
#include "importer/importer.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "contract/decoder.h"
#include "core/clock.h"

namespace rcml::importer {
namespace {

namespace fs = std::filesystem;

const std::string kOtto = std::string(RCML_SOURCE_DIR) + "/tests/data/otto_sessions.jsonl";

class MemoryWriter : public broker::EventWriter {
 public:
  std::vector<std::string> keys;
  std::vector<std::string> events;
  bool is_closed = false;

  Status write(std::string_view key, std::string_view event) override {
    keys.emplace_back(key);
    events.emplace_back(event);
    return {};
  }
  Status close() override {
    is_closed = true;
    return {};
  }
};

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class ImportTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("rcml-import-" + std::to_string(getpid()) + "-" + std::to_string(++count_));
    fs::create_directories(folder_);
    options_.rejects_path = folder_ / "rejects.ndjson";
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write_file(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  std::string write_gzip(const std::string& name, const std::string& bytes, const char* mode = "wb") {
    const std::string path = folder_ / name;
    gzFile file = gzopen(path.c_str(), mode);
    EXPECT_EQ(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())), static_cast<int>(bytes.size()));
    gzclose(file);
    return path;
  }
  std::string rejects() const { return read_file(options_.rejects_path); }

  ImportReport import() {
    auto report = import_events(options_, out_);
    EXPECT_TRUE(report.ok()) << report.error().text();
    EXPECT_TRUE(out_.is_closed);
    return report.ok() ? *report : ImportReport{};
  }
  ImportReport import_csv(const std::string& text) {
    options_.format = Format::csv;
    options_.path = write_file("events.csv", text);
    return import();
  }

  fs::path folder_;
  ImportOptions options_;
  MemoryWriter out_;
  static inline int count_ = 0;
};

// What an event is to the sink.
struct Decoded {
  contract::Decoder decoder{contract::DecodeLimits{}};
  contract::ClickRow row;

  explicit Decoded(const std::string& event) {
    contract::SourceEvent source;
    source.bytes = event;
    source.arrived_at = utc_now();
    contract::Reject reject;
    EXPECT_EQ(decoder.decode(source, Partition(0), utc_now(), row, reject), contract::Outcome::row) << event << "\n"
                                                                                                    << reject.detail;
  }
  std::string text(contract::Column column) const {
    return row.text[column].data() == nullptr ? "null" : std::string(row.text[column]);
  }
};

TEST_F(ImportTest, OttoGivesItsKnownAnswers) {
  options_.format = Format::otto;
  options_.path = kOtto;
  const ImportReport report = import();
  EXPECT_EQ(report.records, 20);
  EXPECT_EQ(report.events, 862);
  EXPECT_EQ(report.rejects, 0);
  EXPECT_EQ(report.events_by_type,
            (std::map<std::string, int64_t>{{"product_view", 800}, {"add_to_cart", 52}, {"purchase", 10}}));
  EXPECT_FALSE(fs::exists(options_.rejects_path));

  const Decoded first(out_.events[0]);
  EXPECT_EQ(first.text(contract::customer_id), "0");
  EXPECT_EQ(first.text(contract::product_id), "1517085");
  EXPECT_EQ(first.text(contract::page), "/p/1517085");
  EXPECT_EQ(first.text(contract::event_type), "product_view");
  EXPECT_EQ(first.text(contract::session_id), "null");
  EXPECT_EQ(first.text(contract::extra), "null");
  EXPECT_EQ(to_text(first.row.event_ts), "2022-07-31T22:00:00.025000Z");
  EXPECT_EQ(out_.keys[0], "0");

  std::set<std::string> ids;
  for (const std::string& event : out_.events) ids.insert(Decoded(event).text(contract::event_id));
  EXPECT_EQ(ids.size(), 862u);
}

TEST_F(ImportTest, SecondImportMakesTheSameIdsAlsoPackedAndElsewhere) {
  options_.format = Format::otto;
  options_.path = kOtto;
  import();
  const std::vector<std::string> first = out_.events;
  out_.events.clear();
  options_.path = write_gzip("otto_sessions.jsonl.gz", read_file(kOtto));
  import();
  EXPECT_EQ(out_.events, first);
  out_.events.clear();
  options_.source_name = "another";
  import();
  EXPECT_NE(out_.events, first);
}

TEST_F(ImportTest, OttoBadEventHarmsNoOther) {
  options_.format = Format::otto;
  options_.path = write_file(
      "s.jsonl",
      "{\"session\":1,\"events\":[{\"aid\":1,\"ts\":1659304800025,\"type\":\"clicks\"},{\"aid\":2,\"type\":\"clicks\"},"
      "{\"aid\":3,\"ts\":\"soon\",\"type\":\"carts\"},5,{\"aid\":4,\"ts\":1659304800026,\"type\":\"orders\"}]}\n"
      "not json\n\n[1]\n{\"session\":2}\n{\"session\":3,\"events\":[]}\n");
  const ImportReport report = import();
  EXPECT_EQ(report.events, 2);
  EXPECT_EQ(report.rejects, 6);
  for (const char* place :
       {"\"line\":1,\"index\":1,", "\"line\":1,\"index\":2,\"reason\":\"ts_format\"", "\"line\":1,\"index\":3,",
        "\"line\":2,\"index\":0,\"reason\":\"bad_record\",\"detail\":\"not JSON\",\"raw\":\"not json\"", "\"line\":4,",
        "\"line\":5,"}) {
    EXPECT_NE(rejects().find(place), std::string::npos) << place << "\n" << rejects();
  }
}

TEST_F(ImportTest, CsvWithMappingTypesAndUnits) {
  options_.column_of = {
      {"event_ts", "event_time"}, {"customer_id", "user_id"}, {"session_id", "user_session"}, {"revenue", "price"}};
  options_.event_type_of = {{"view", "product_view"}};
  options_.constants = {{"source", "rees46"}};
  options_.time_unit = TimeUnit::sql;
  const ImportReport report = import_csv(
      "event_time,event_type,product_id,brand,price,user_id,user_session\n"
      "2019-11-01 00:00:00 UTC,view,1003461,xiaomi,489.07,520088904,4d3b\n"
      "2019-11-01 00:00:01 UTC,cart,5000088,,,530496790,\n");
  EXPECT_EQ(report.events, 2);
  const Decoded first(out_.events[0]);
  EXPECT_EQ(first.text(contract::event_type), "product_view");
  EXPECT_EQ(first.text(contract::customer_id), "520088904");
  EXPECT_EQ(first.text(contract::session_id), "4d3b");
  EXPECT_EQ(first.text(contract::source), "rees46");
  EXPECT_EQ(first.text(contract::extra), "{\"brand\":\"xiaomi\"}");
  EXPECT_EQ(first.row.revenue_cents, 48'907);
  EXPECT_EQ(to_text(first.row.event_ts), "2019-11-01T00:00:00.000000Z");
  const Decoded second(out_.events[1]);
  EXPECT_EQ(second.text(contract::event_type), "cart");
  EXPECT_EQ(second.text(contract::session_id), "null");
  EXPECT_FALSE(second.row.has_revenue);
}

TEST_F(ImportTest, CsvQuotesLineEndsAndMark) {
  const ImportReport report = import_csv(
      "\xEF\xBB\xBF"
      "event_id,event_type,event_ts,page\r\n"
      "\"e,1\",t,2025-08-24T10:00:00Z,\"a \"\"b\"\"\nc\"\r\n"
      "\r\n"
      "e2,t,2025-08-24T10:00:00Z,\r\n"
      "e3,t,2025-08-24T10:00:00Z,x");
  EXPECT_EQ(report.events, 3);
  EXPECT_EQ(report.rejects, 0);
  EXPECT_EQ(Decoded(out_.events[0]).text(contract::event_id), "e,1");
  EXPECT_EQ(Decoded(out_.events[0]).text(contract::page), "a \"b\"\nc");
  EXPECT_EQ(Decoded(out_.events[1]).text(contract::page), "null");
  EXPECT_EQ(Decoded(out_.events[2]).text(contract::page), "x");
}

TEST_F(ImportTest, CsvBadLinesAreNamedByTheLineTheyStartOn) {
  const ImportReport report = import_csv(
      "event_id,event_type,event_ts\n"
      "e1,\"t\nt\",2025-08-24T10:00:00Z\n"
      "e2,t\n"
      "e3,\"t\"x,2025-08-24T10:00:00Z\n"
      "e4,t,yesterday\n"
      ",,\n"
      "e\xFF,t,2025-08-24T10:00:00Z\n"
      "e6,t,2025-08-24T10:00:00Z\n"
      "e7,\"t,2025-08-24T10:00:00Z\n");
  EXPECT_EQ(report.events, 2);
  EXPECT_EQ(report.rejects, 6);
  for (const char* place :
       {"\"line\":4,\"index\":0,\"reason\":\"bad_record\",\"detail\":\"2 fields, the header has 3\"", "\"line\":5,",
        "\"line\":6,\"index\":0,\"reason\":\"ts_format\"", "\"line\":7,\"index\":0,\"reason\":\"missing_field\"",
        "\"line\":8,\"index\":0,\"reason\":\"bad_unicode\"", "\"raw_hex\":\"65ff2c742c", "\"line\":10,"}) {
    EXPECT_NE(rejects().find(place), std::string::npos) << place << "\n" << rejects();
  }
}

TEST_F(ImportTest, CsvTabAndTooLongRecord) {
  options_.delimiter = '\t';
  options_.record_bytes_max = 200;
  const ImportReport report =
      import_csv("event_id\tevent_type\tevent_ts\ne1\t\"" + std::string(500, 'x') + "\ne2\tt\t2025-08-24T10:00:00Z\n");
  EXPECT_EQ(report.events, 1);
  EXPECT_EQ(report.rejects, 1);
  EXPECT_NE(rejects().find("longer than 200 bytes"), std::string::npos);
}

TEST_F(ImportTest, CsvFaultsOfTheHeaderStopBeforeAnythingIsWritten) {
  options_.format = Format::csv;
  options_.column_of = {{"customer_id", "nobody"}};
  options_.path = write_file("a.csv", "event_id,event_type\n1,2\n");
  auto result = import_events(options_, out_);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::bad_config);
  EXPECT_NE(result.error().text().find("event_id,event_type"), std::string::npos);
  options_.column_of.clear();
  options_.path = write_file("b.csv", "a,a\n1,2\n");
  EXPECT_EQ(import_events(options_, out_).error().kind, ErrorKind::bad_config);
  options_.path = write_file("c.csv", "");
  EXPECT_EQ(import_events(options_, out_).error().kind, ErrorKind::bad_config);
  EXPECT_TRUE(out_.events.empty());
}

TEST_F(ImportTest, NdjsonKeepsEveryDigitAndTurnsIdsIntoTexts) {
  options_.column_of = {{"customer_id", "user"}, {"event_ts", "at"}};
  options_.time_unit = TimeUnit::s;
  options_.path = write_file(
      "a.ndjson",
      "{\"user\":12345678901234567890, \"at\":1659304800.0251239, \"event_type\":\"t\\u00e9\", \"big\": 92233720368547758423, \"revenue\":\"12.30\"}\r\n"
      "{\"event_id\":\"e2\",\"at\":1659304800,\"event_type\":\"t\",\"event_type\":\"u\"}\n"
      "{\"event_id\":\"e3\",\"at\":1659304800,\"event_type\":\"t\"}");
  const ImportReport report = import();
  EXPECT_EQ(report.events, 2);
  EXPECT_EQ(report.rejects, 1);
  EXPECT_NE(rejects().find("\"line\":2,\"index\":0,\"reason\":\"dup_key\""), std::string::npos) << rejects();
  const Decoded first(out_.events[0]);
  EXPECT_EQ(first.text(contract::customer_id), "12345678901234567890");
  EXPECT_EQ(first.text(contract::event_type), "té");
  EXPECT_EQ(first.text(contract::extra), "{\"big\":92233720368547758423}");
  EXPECT_EQ(first.row.revenue_cents, 1230);
  EXPECT_EQ(to_text(first.row.event_ts), "2022-07-31T22:00:00.025123Z");
  EXPECT_EQ(out_.keys[1], "e3");
}

TEST_F(ImportTest, FieldThatAMappingPushedAsideIsKept) {
  options_.column_of = {{"event_type", "action"}};
  options_.path = write_file(
      "a.ndjson", R"({"event_id":"e1","event_type":"old","action":"new","event_ts":"2025-08-24T10:00:00Z"})");
  import();
  const Decoded only(out_.events[0]);
  EXPECT_EQ(only.text(contract::event_type), "new");
  EXPECT_EQ(only.text(contract::extra), R"({"original_event_type":"old"})");
}

TEST_F(ImportTest, UnitsAreToldNotGuessed) {
  options_.path = write_file("a.ndjson", R"({"event_id":"e1","event_type":"t","event_ts":1659304800025})");
  EXPECT_EQ(import().rejects, 1);
  for (const auto& [unit, wanted] : std::map<TimeUnit, std::string>{{TimeUnit::ms, "2022-07-31T22:00:00.025000Z"},
                                                                    {TimeUnit::us, "1970-01-20T04:55:04.800025Z"}}) {
    out_.events.clear();
    options_.time_unit = unit;
    EXPECT_EQ(import().rejects, 0);
    EXPECT_EQ(to_text(Decoded(out_.events.at(0)).row.event_ts), wanted);
  }
  options_.time_unit = TimeUnit::s;  // Year 54 000-odd
  EXPECT_EQ(import().rejects, 1);
}

TEST_F(ImportTest, GzipOfSeveralMembersIsOneFile) {
  const std::string line = R"({"event_id":"e1","event_type":"t","event_ts":"2025-08-24T10:00:00Z"})"
                           "\n";
  write_gzip("a.ndjson.gz", line);
  options_.path = write_gzip("a.ndjson.gz", line, "ab");
  EXPECT_EQ(import().events, 2);
}

TEST_F(ImportTest, GzipThatEndsEarlyIsCorruptAndKeepsWhatCameBefore) {
  const std::string whole = read_file(write_gzip("a.jsonl.gz", read_file(kOtto)));
  options_.format = Format::otto;
  options_.path = write_file("cut.jsonl.gz", whole.substr(0, whole.size() / 2));
  auto result = import_events(options_, out_);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::corrupt);
  EXPECT_GT(out_.events.size(), 0u);
  EXPECT_TRUE(out_.is_closed);
}

TEST_F(ImportTest, MissingFileAndUnknownColumnAreNamed) {
  options_.path = folder_ / "nothing";
  EXPECT_EQ(import_events(options_, out_).error().kind, ErrorKind::bad_config);
  options_.path = folder_;
  EXPECT_EQ(import_events(options_, out_).error().kind, ErrorKind::bad_config);
  options_.path = kOtto;
  options_.column_of = {{"source_offset", "x"}};
  EXPECT_NE(import_events(options_, out_).error().text().find("source_offset"), std::string::npos);
}

TEST(ParsePairs, RefusesWhatIsNone) {
  EXPECT_EQ((*parse_pairs("--map", {"a=b", "c=d=e"})).at("c"), "d=e");
  for (const char* bad : {"a", "=b", "a=", ""}) EXPECT_FALSE(parse_pairs("--map", {bad}).ok()) << bad;
  EXPECT_FALSE(parse_pairs("--map", {"a=b", "a=c"}).ok());
}

}  // namespace
}  // namespace rcml::importer
