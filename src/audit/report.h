// audit/report.h: what an audit found, as data, as JSON and as text for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rcml::audit {

struct Check {
  std::string name;     // "offsets", "files", "truth": one word a script can look for.
  bool is_ok = true;
  std::string summary;  // One line with the figures.
};

// A contradiction: what, where, and enough numbers to look at it by hand.
struct Finding {
  std::string check;
  std::string text;
};

// What became of the offsets of one partition; the parts add up to `begin` .. `end`.
struct PartitionAccount {
  int32_t partition = 0;
  int64_t begin = 0;       // First offset the log still has.
  int64_t end = 0;         // The log's end.
  int64_t next = 0;        // The lake has read up to here.
  int64_t committed = 0;   // Events in bronze/clicks.
  int64_t replayed = 0;    // Of those, set aside once and made rows by `rcml rejects replay`: in bronze/rejects too.
  int64_t rejected = 0;    // Events in bronze/rejects.
  int64_t tombstones = 0;
  int64_t absent = 0;      // Kafka offsets without an event: control records, compacted away.
  int64_t unexplained = 0; // The same where neither can be.
  int64_t in_gaps = 0;     // Deleted before they were read, and allowed by a person.
  int64_t expired = 0;     // In the lake, and since deleted from the log by retention: cannot be read again.
  int64_t missing = 0;     // Events that are nowhere: a hole.
  int64_t doubled = 0;     // Positions the lake holds more than once.
  int64_t unknown = 0;     // Positions the lake holds and the log never had.
};

// Adds what became of the events: all from `committed` on.
void add_counts(const PartitionAccount& more, PartitionAccount& sum);

struct Report {
  std::vector<Check> checks;
  std::vector<Finding> findings;  // At most kFindingsMax per check; the counts in the checks are complete.
  std::vector<PartitionAccount> partitions;
  std::vector<std::string> notes;  // What a person should know of how it was found out, one sentence or two each.

  bool is_ok() const;
};

inline constexpr size_t kFindingsMax = 20;

// Adds a finding unless its check has kFindingsMax already.
void add_finding(Report& report, const std::string& check, std::string text);

std::string to_json(const Report& report);
std::string to_text(const Report& report);

}  // namespace rcml::audit
