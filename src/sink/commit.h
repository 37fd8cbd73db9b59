// sink/commit.h: the compare-and-swap on our own marks that makes a commit happen exactly once.
//
// Before every try the table's marks are compared with those this writer started from. Equal: try. Anything else, and
// the files of this very commit are in the log: it is ours, its reply was lost. Otherwise another worker moved our
// partition, we are a zombie, and what we hold must be dropped.
#pragma once

#include "core/ids.h"
#include "core/result.h"
#include "lake/delta/table.h"
#include "sink/outage.h"

namespace rcml::sink {

enum class Verdict : uint8_t {
  committed,
  already_there,  // Ours too; the reply was lost.
  overtaken,      // The marks stand where we wanted them, by another worker's commit.
  moved,          // The marks stand elsewhere.
};
constexpr bool is_ours(Verdict verdict) { return verdict == Verdict::committed || verdict == Verdict::already_there; }

// Pure: what the table's marks say. Only the apps of `expected` are looked at; one that never committed is -1.
enum class MarkState : uint8_t { as_expected, as_wanted, moved };
MarkState mark_state(const lake::Marks& found, const lake::Marks& expected, const lake::Marks& wanted);

// Whether the log names the files that a commit tried to add.
enum class OwnFiles : uint8_t { absent, in_log, unclear };
// Pure: what marks that are no longer as expected mean.
Verdict verdict_of(MarkState state, OwnFiles files);
// Pure: what all of them begin with, so that one look finds them all.
std::string common_prefix(const lake::Marks& apps);

struct CommitLimits {
  int32_t conflicts_max = 500;  // Of one commit; each is progress of somebody else.
  OutageLimits outage;
};

struct CommitReport {
  Verdict verdict = Verdict::committed;
  OwnFiles files = OwnFiles::in_log;  // `absent`: nobody will ever name them, they may be removed.
  TableVersion version;
  int32_t conflicts = 0;  // Somebody else's commits that came first.
  int32_t unknowns = 0;   // Tries whose reply was lost.
  int64_t conflict_micros = 0;  // Spent on others' commits: in tries that came second, and looking at what came first.
};

// unavailable when the store does not answer for limits.outage.lasts_max; then it is unknown whether the commit is there,
// and a restart finds out.
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
