// sink/commit.h: the compare-and-swap on our own marks that makes a commit happen exactly once.
//
// Before every try the table's marks are compared with those this writer started from. Equal: try. Equal to what the
// commit wants to set, after a try with an unknown outcome: it is ours, done. Anything else: another worker moved our
// partition, we are a zombie, and what we hold must be dropped.
#pragma once

#include "core/ids.h"
#include "core/result.h"
#include "lake/delta/table.h"

namespace rcml::sink {

enum class Verdict : uint8_t { committed, already_there, moved };

// Pure: what the table's marks say. Only the apps of `expected` are looked at; one that never committed is -1.
enum class MarkState : uint8_t { as_expected, as_wanted, moved };
MarkState mark_state(const lake::Marks& found, const lake::Marks& expected, const lake::Marks& wanted);

struct CommitLimits {
  int32_t tries_max = 50;
  Millis wait_max = Millis(2000);  // Between two tries after an unknown outcome; grows from 10 ms, with jitter.
};

struct CommitReport {
  Verdict verdict = Verdict::committed;
  TableVersion version;
  int32_t conflicts = 0;  // Somebody else's commits that came first.
  int32_t unknowns = 0;   // Tries whose reply was lost.
  int64_t conflict_micros = 0;  // Spent on others' commits: in tries that came second, and looking at what came first.
};

// unavailable after tries_max; then it is unknown whether the commit is there, and a restart finds out.
Result<CommitReport> commit_exactly_once(lake::Table& table, const lake::CommitRequest& request,
                                         const lake::Marks& expected, const CommitLimits& limits);

// commit_exactly_once by a writer that commits to one table again and again. Once others were met there, the newest
// version is most likely theirs: it then looks before it tries, until a look finds nobody.
class RepeatedCommit {
 public:
  Result<CommitReport> commit(lake::Table& table, const lake::CommitRequest& request, const lake::Marks& expected,
                              const CommitLimits& limits);

 private:
  bool expects_others_ = false;
};

}  // namespace rcml::sink
