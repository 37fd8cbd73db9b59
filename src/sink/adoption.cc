#include "sink/adoption.h"

#include <algorithm>
#include <iterator>

namespace rcml::sink {
namespace {

// Sorted, and without what lies before `from`.
void arrange(std::vector<int64_t>& offsets, int64_t from) {
  std::erase_if(offsets, [&](int64_t offset) { return offset < from; });
  std::sort(offsets.begin(), offsets.end());
}

int64_t doubles_in(const std::vector<int64_t>& sorted) {
  int64_t count = 0;
  for (size_t i = 1; i < sorted.size(); ++i) count += sorted[i] == sorted[i - 1];
  return count;
}

// What should be in the lake. Below the log's begin nobody can tell an event from a record that is none: all count.
std::vector<int64_t> expected_offsets(const PartitionFinding& finding) {
  std::vector<int64_t> expected;
  for (int64_t offset = finding.from.value; offset < finding.log.begin.value; ++offset) expected.push_back(offset);
  expected.insert(expected.end(), finding.events.begin(), finding.events.end());
  return expected;
}

}  // namespace

Adoption plan_adoption(PartitionFinding finding) {
  Adoption plan{.partition = finding.partition};
  for (auto* offsets : {&finding.events, &finding.rows, &finding.rejects}) arrange(*offsets, finding.from.value);
  plan.rows = static_cast<int64_t>(finding.rows.size());
  plan.rejects = static_cast<int64_t>(finding.rejects.size());
  plan.rejects_next = finding.rejects.empty() ? finding.from : Offset(finding.rejects.back() + 1);
  // Rows end the lake. Where the log has lost its beginning, so does that beginning: it cannot be read any more.
  const int64_t last_row = std::max(finding.rows.empty() ? -1 : finding.rows.back(), finding.log.begin.value - 1);

  std::vector<int64_t> held;
  std::merge(finding.rows.begin(), finding.rows.end(), finding.rejects.begin(), finding.rejects.end(),
             std::back_inserter(held));
  for (const int64_t offset : held) plan.beyond += offset >= finding.log.end.value;
  plan.doubled = doubles_in(finding.rows) + doubles_in(finding.rejects);

  plan.clicks_next = std::max(finding.from, finding.log.end);
  bool is_in_gap = false;
  for (const int64_t offset : expected_offsets(finding)) {
    const bool is_held = std::binary_search(held.begin(), held.end(), offset);
    if (!is_held && offset > last_row) {
      plan.clicks_next = Offset(offset);
      break;
    }
    if (!is_held && !is_in_gap) plan.gaps.push_back({finding.partition, Offset(offset), Offset(offset)});
    if (!is_held) plan.gaps.back().resumed_at = Offset(offset + 1);
    is_in_gap = !is_held;
  }
  return plan;
}

}  // namespace rcml::sink
