#include "broker/absences.h"

namespace rcml::broker {

const char* to_text(AbsenceCause cause) {
  switch (cause) {
    case AbsenceCause::compaction: return "compaction";
    case AbsenceCause::transactions: return "transactions";
    case AbsenceCause::expected: return "expected";
    case AbsenceCause::none: return "none";
    case AbsenceCause::unknown:
    case AbsenceCause::cause_count: break;
  }
  return "unknown";
}

}  // namespace rcml::broker
