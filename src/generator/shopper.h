// generator/shopper.h: who makes a visit: the person, the device in hand, and when they log in.
//
// A person is named by the number of their first visit. Visits that lie whole return periods apart share a chain; along
// it, a newcomer's visit is followed by the same person's regular ones until the next newcomer takes over. So who comes
// is found by looking along the chain, and nobody has to be remembered.
//
// Identity is that of docs/formats/truth.md: the visitor of a session is its customer, else the last customer ever seen
// on its device (also later), else the device.
#pragma once

#include <cstdint>

#include "generator/calibration.h"
#include "generator/plan.h"

namespace rcml::generator {

struct Shopper {
  uint64_t person = 0;
  uint8_t device_slot = 0;  // Which of the person's devices; each has an anonymous id of its own.
  Device device = desktop;
  uint8_t city = 0;
  bool is_app = false;
  int32_t login_at = 0;  // Index of the first event that knows the customer; the event count: none does.
  int32_t partner_at = 0;  // From this event on somebody else is logged in on the device; the event count: never.
  bool is_new_visitor = false;  // First session of this visitor in the run.
  bool is_first_of_day = false;  // ... on this UTC date.
};

Shopper shopper_of(const Plan& plan, int64_t visit_number, const Visit& visit);

}  // namespace rcml::generator
