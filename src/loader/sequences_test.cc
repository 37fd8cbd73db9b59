// Whatever happens to a lake, a load leaves its rows in the warehouse: thousands of short lives of a lake, drawn at random,
// with rows that are numbers. Real programs do the same in tests/faults/test_foreign_writers.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "loader/plan.h"

namespace rcml::loader {
namespace {

using lake::DataFile;
using lake::LiveFiles;
using Rows = std::multiset<int>;

constexpr int kLives = 1'000;
constexpr int kSteps = 25;

// A lake and a warehouse, and dice.
class Life {
 public:
  explicit Life(unsigned seed) : random_(seed) {}

  void step() {
    switch (draw(9)) {
      case 0:
      case 1: return append();
      case 2: return rewrite();
      case 3: return mark_deleted();
      case 4:
      case 5: return merge();
      case 6: return restore();
      case 7: return vacuum();
      default: return load(draw(4));
    }
  }

  void load_whole() {
    load(1'000);
    ASSERT_EQ(watermark_, version());
    Ledger names;
    std::map<std::string, Rows> rows;
    for (const auto& [key, file] : live_) {
      names[key] = static_cast<int64_t>(contents_[key].size());
      rows[lake::dt_of_key(key)].insert(contents_[key].begin(), contents_[key].end());
    }
    std::erase_if(rows_, [](const auto& date) { return date.second.empty(); });
    std::erase_if(rows, [](const auto& date) { return date.second.empty(); });
    ASSERT_EQ(ledger_, names);
    ASSERT_EQ(rows_, rows);
  }

  std::string story;

 private:
  int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  int64_t version() const { return static_cast<int64_t>(states_.size()) - 1; }

  DataFile new_file(const std::string& dt, const Rows& rows) {
    DataFile file;
    file.path = "dt=" + dt + "/f" + std::to_string(next_file_++);
    file.partition_values = {{"dt", dt}};
    file.bytes = 1;
    file.row_count = draw(10) == 0 ? lake::kRowsUnknown : static_cast<int64_t>(rows.size());
    contents_[lake::live_key(file)] = rows;
    return file;
  }

  std::vector<DataFile> some_of_a_date(size_t files_max) {
    if (live_.empty()) return {};
    const std::string dt = lake::dt_of_key(std::next(live_.begin(), draw(static_cast<int>(live_.size())))->first);
    std::vector<DataFile> files;
    for (const auto& [key, file] : live_) {
      if (lake::dt_of_key(key) == dt) files.push_back(file);
    }
    std::shuffle(files.begin(), files.end(), random_);
    files.resize(std::min(files.size(), files_max));
    return files;
  }

  Rows rows_of(const std::vector<DataFile>& files) {
    Rows all;
    for (const DataFile& file : files) {
      const Rows& rows = contents_[lake::live_key(file)];
      all.insert(rows.begin(), rows.end());
    }
    return all;
  }

  void commit(const std::string& name, bool is_data_change, std::vector<DataFile> removed,
              std::vector<DataFile> added) {
    story += name + " ";
    changes_.push_back({TableVersion(version() + 1), is_data_change, std::move(removed), std::move(added)});
    lake::apply(changes_.back(), live_);
    states_.push_back(live_);
  }

  void append() {
    std::vector<DataFile> added;
    for (int files = 1 + draw(2); files > 0; --files) {
      const Rows rows = {next_row_, next_row_ + 1, next_row_ + 2};
      next_row_ += 3;
      added.push_back(new_file(draw(2) == 0 ? "2025-08-24" : "2025-08-25", rows));
    }
    commit("append", true, {}, added);
  }

  void rewrite() {
    const std::vector<DataFile> old = some_of_a_date(2);
    if (old.empty()) return;
    Rows rows = rows_of(old);
    if (!rows.empty()) rows.erase(rows.begin());
    if (draw(2) == 0) rows.insert(next_row_++);  // As many as before, and others.
    const std::string dt = lake::dt_of_key(lake::live_key(old[0]));
    commit("rewrite", true, old, draw(4) == 0 ? std::vector<DataFile>{} : std::vector{new_file(dt, rows)});
  }

  void mark_deleted() {
    const std::vector<DataFile> old = some_of_a_date(1);
    if (old.empty()) return;
    Rows rows = rows_of(old);
    if (rows.empty()) return;
    rows.erase(rows.begin());
    DataFile less = old[0];
    less.deletion_vector_id = "v" + std::to_string(next_file_++);
    less.row_count = static_cast<int64_t>(rows.size());
    contents_[lake::live_key(less)] = rows;
    commit("delete", true, old, {less});
  }

  void merge() {
    const std::vector<DataFile> old = some_of_a_date(3);
    if (old.empty()) return;
    const std::string dt = lake::dt_of_key(lake::live_key(old[0]));
    const Rows all = rows_of(old);
    const auto middle = std::next(all.begin(), static_cast<std::ptrdiff_t>(all.size() / 2));
    if (draw(3) != 0) return commit("merge", false, old, {new_file(dt, all)});
    commit("split", false, old, {new_file(dt, {all.begin(), middle}), new_file(dt, {middle, all.end()})});
  }

  void restore() {
    const int64_t back = std::min<int64_t>(version(), draw(6));
    const LiveFiles then = states_[static_cast<size_t>(version() - back)];
    std::vector<DataFile> removed;
    std::vector<DataFile> added;
    for (const auto& [key, file] : live_) {
      if (!then.contains(key)) removed.push_back(file);
    }
    for (const auto& [key, file] : then) {
      if (gone_.contains(file.path)) return;
      if (!live_.contains(key)) added.push_back(file);
    }
    commit("restore", true, removed, added);
  }

  void vacuum() {
    story += "vacuum ";
    std::set<std::string> kept;
    for (const auto& [key, file] : live_) kept.insert(file.path);
    for (const auto& [key, rows] : contents_) {
      const std::string path = key.substr(0, key.find('#'));
      if (!kept.contains(path)) gone_.insert(path);
    }
  }

  // What loader/load.cc does, killed after some transactions.
  void load(int steps_left) {
    story += "load" + std::to_string(steps_left) + " ";
    std::map<std::string, DateDifference> found = since_watermark();
    if (watermark_ < 0 || has_unexplained(found)) found = differences(ledger_, counted(), changes_after(watermark_));
    LoadPlan plan = plan_load(found);
    std::set<std::string> gone;
    for (const DataFile& file : plan.files) {
      if (gone_.contains(file.path)) gone.insert(lake::live_key(file));
    }
    ASSERT_TRUE(std::ranges::includes(plan.merged_away, gone)) << "only what is live no longer can be gone";
    plan = without_gone(std::move(plan), gone);
    for (const std::string& dt : plan.again) {
      if (steps_left-- == 0) return;
      again(dt);
    }
    for (const DataFile& file : plan.files) {
      if (steps_left-- == 0) return;
      enter(lake::live_key(file));
    }
    for (const DateNames& names : renamings_of(plan, 1)) {
      if (steps_left-- == 0) return;
      for (const std::string& key : names.from) ASSERT_EQ(ledger_.erase(key), 1U) << key;
      for (const DataFile& file : names.to)
        ledger_[lake::live_key(file)] = static_cast<int64_t>(contents_[lake::live_key(file)].size());
    }
    watermark_ = version();
  }

  std::vector<lake::TableChange> changes_after(int64_t version) const {
    std::vector<lake::TableChange> newer;
    for (const lake::TableChange& change : changes_) {
      if (change.version.value > version) newer.push_back(change);
    }
    return newer;
  }

  std::map<std::string, DateDifference> since_watermark() {
    const auto changes = changes_after(watermark_);
    Ledger lines;
    for (const auto& [dt, parts] : lake::by_date(changes)) {
      for (const auto& [key, rows] : ledger_) {
        if (lake::dt_of_key(key) == dt) lines[key] = rows;
      }
    }
    return differences_since(lines, changes);
  }

  LiveFiles counted() {
    LiveFiles live = live_;
    for (auto& [key, file] : live) file.row_count = static_cast<int64_t>(contents_[key].size());
    return live;
  }

  void again(const std::string& dt) {
    std::erase_if(ledger_, [&](const auto& line) { return lake::dt_of_key(line.first) == dt; });
    rows_[dt].clear();
    for (const auto& [key, file] : live_) {
      if (lake::dt_of_key(key) == dt) enter(key);
    }
  }

  void enter(const std::string& key) {
    ASSERT_FALSE(ledger_.contains(key)) << key;
    ledger_[key] = static_cast<int64_t>(contents_[key].size());
    rows_[lake::dt_of_key(key)].insert(contents_[key].begin(), contents_[key].end());
  }

  std::mt19937 random_;
  LiveFiles live_;
  std::vector<LiveFiles> states_ = {{}};
  std::vector<lake::TableChange> changes_;
  std::map<std::string, Rows> contents_;
  std::set<std::string> gone_;
  int next_file_ = 0;
  int next_row_ = 0;
  Ledger ledger_;
  std::map<std::string, Rows> rows_;  // By date.
  int64_t watermark_ = -1;
};

TEST(Sequences, AfterAnythingALoadLeavesTheLakesRows) {
  const unsigned first = std::random_device()();
  for (unsigned seed = first; seed != first + kLives; ++seed) {
    Life life(seed);
    for (int step = 0; step < kSteps && !::testing::Test::HasFatalFailure(); ++step) life.step();
    if (!::testing::Test::HasFatalFailure()) life.load_whole();
    ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "seed " << seed << ": " << life.story;
  }
}

}  // namespace
}  // namespace rcml::loader
