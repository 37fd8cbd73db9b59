// sink/marks.h: how progress is written in the lake's log, and what a log found there means for us.
//
// Each source partition has one mark: app id "<group>/<topic>/<partition>", version = next offset to read. A gap that a
// person allowed is a mark of its own, "<group>/<topic>/<partition>/gap/<first missing>" = first offset present again,
// so that the audit can account for every offset. Another writer, the Spark job, marks its batches as
// "<group>/<topic>/spark/<query id>" = batch; `rcml lake adopt` answers with "<group>/<topic>/adopted/<query id>" = the
// last batch whose rows our own marks cover. Which log it is that the name stands for is written too: "<group>/<topic>/log"
// = a hash of its id, which one commit sets and all later ones find, and "<group>/<topic>/log/<id>" = 1, for people. All
// functions are pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "broker/event_source.h"
#include "core/ids.h"
#include "core/result.h"
#include "lake/delta/table.h"

namespace rcml::sink {

std::string marks_prefix(const std::string& group, const std::string& topic);  // "<group>/<topic>/"
std::string mark_app(const std::string& group, const std::string& topic, Partition partition);
std::string gap_app(const std::string& group, const std::string& topic, Partition partition, Offset first_missing);

// What the first commit of a group writes down about the log it reads; empty when the log has no id or it is written.
// `is_same`: a person says that it is the log that was read, under another id.
lake::Marks log_marks(const lake::Marks& marks, const std::string& group, const std::string& topic,
                      const std::string& log_id, bool is_same = false);
std::string log_app(const std::string& group, const std::string& topic);
// needs_person when the group's marks are those of another log that has, or had, the same name.
Status check_log(const lake::Marks& marks, const std::string& group, const std::string& topic,
                 const std::string& log_id);
// For a group that has read nothing under this name: needs_person when any other group has read another log under it,
// because rows and files tell logs apart by their names. `marks` are all of the table.
Status check_name(const lake::Marks& marks, const std::string& group, const std::string& topic,
                  const std::string& log_id);

// -1 when there is no such mark.
int64_t value_in(const lake::Marks& marks, const std::string& app);

// Whether a mark is an offset, of a partition or of a gap's end.
bool is_offset_mark(const std::string& app);

struct Gap {
  Partition partition;
  Offset first_missing;
  Offset resumed_at;
};

struct Progress {
  std::map<Partition, Offset> next;  // Of partitions that ever committed.
  std::vector<Gap> gaps;
};
// Reads the marks of one group and topic; others are passed over.
Progress progress_of(const lake::Marks& marks, const std::string& group, const std::string& topic);

// Batches of another writer, by the name of its query.
struct WriterMark {
  std::string name;
  int64_t batch = 0;
};
std::string adopted_app(const std::string& group, const std::string& topic, const std::string& writer);
// Those that committed, to either table, more than was adopted: our marks do not know of their rows.
std::vector<WriterMark> writers_not_adopted(const lake::Marks& clicks, const lake::Marks& rejects,
                                            const std::string& group, const std::string& topic);
// needs_person when there are any: reading on from our marks would double their rows.
Status check_adopted(const lake::Marks& clicks, const lake::Marks& rejects, const std::string& group,
                     const std::string& topic);

enum class StartKind : uint8_t { at_mark, gap };
struct StartPlan {
  StartKind kind = StartKind::at_mark;
  Offset next;  // Where to read on.
  Offset first_missing;  // For a gap.
};
// Where a partition is to be read on. needs_person when the mark lies beyond the log's end (the topic was made anew, or
// the wrong log is named), and for a gap unless `may_resume_after_gap`.
Result<StartPlan> plan_start(Partition partition, const broker::OffsetRange& range,
                             const std::map<Partition, Offset>& marks, bool may_resume_after_gap,
                             const std::string& log_name);

}  // namespace rcml::sink
