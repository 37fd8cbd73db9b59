// generator/session.h: one visit, event by event: a Markov walk through the shop at a believable pace.
#pragma once

#include <vector>

#include "generator/event_record.h"
#include "generator/plan.h"
#include "generator/shopper.h"

namespace rcml::generator {

struct VisitStart {
  int64_t visit_number;
  uint64_t first_event_number;
  UtcMicros at;
};

// Appends the visit's events to `out`, in order, each arriving when it happens. Times never repeat within a visit.
void append_visit(const Plan& plan, const VisitStart& start, const Visit& visit, const Shopper& shopper,
                  std::vector<EventRecord>& out);

}  // namespace rcml::generator
