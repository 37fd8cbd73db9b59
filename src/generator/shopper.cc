#include "generator/shopper.h"

#include "core/clock.h"

namespace rcml::generator {
namespace {

constexpr uint64_t kAccountPercent = 70;         // Of those who may come back.
constexpr uint64_t kSilentFirstPercent = 40;     // Of accounts: nobody logs in during the first visit.
constexpr uint64_t kRememberedPercent = 60;      // Of later visits: logged in from the first event on.
constexpr uint64_t kSharedDevicePermille = 4;    // Of passers-by: two customers use one device in one sitting.
constexpr uint64_t kAppPercent = 30;             // Of visits on a phone.

struct Person {
  int64_t first_visit;
  bool has_account;
  bool is_silent_first;  // The first visit stays anonymous.
  uint32_t device_count;
};

Person person_at(const Plan& plan, int64_t first_visit) {
  Random random(plan.seed(), Purpose::person, static_cast<uint64_t>(first_visit));
  Person person{first_visit, random.next_below(100) < kAccountPercent, false, 1};
  if (!person.has_account)
    return person;  // Without an account each device would be a visitor of its own: one is enough.
  person.is_silent_first = random.next_below(100) < kSilentFirstPercent || plan.visit(first_visit).event_count == 1;
  const uint64_t percent = random.next_below(100);
  person.device_count = percent < 60 ? 1 : percent < 92 ? 2 : 3;
  return person;
}

int64_t find_first_visit(const Plan& plan, int64_t number, VisitKind kind) {
  if (kind != VisitKind::regular) return number;
  int64_t first = number;  // With no newcomer before, the chain's earliest regular is the person's first visit here.
  for (int64_t at = number - plan.return_period(); at >= 0; at -= plan.return_period()) {
    const VisitKind earlier = plan.visit(at).kind;
    if (earlier == VisitKind::newcomer) return at;
    if (earlier == VisitKind::regular) first = at;
  }
  return first;
}

// The visit before `number` of the person whose first was `first`; -1: there is none.
int64_t previous_visit(const Plan& plan, int64_t number, int64_t first) {
  for (int64_t at = number - plan.return_period(); at >= first && at < number; at -= plan.return_period()) {
    if (at == first || plan.visit(at).kind == VisitKind::regular) return at;
  }
  return -1;
}

uint8_t device_slot(const Plan& plan, const Person& person, int64_t number) {
  if (number == person.first_visit) return 0;
  return static_cast<uint8_t>(
      below(draw(plan.seed(), Purpose::device_choice, static_cast<uint64_t>(number)), person.device_count));
}

// Whether some later visit logs in on the device of the first one, which then counts for the customer after all.
bool first_device_logs_in_later(const Plan& plan, const Person& person) {
  if (plan.return_period() == 0) return false;
  for (int64_t at = person.first_visit + plan.return_period(); at < plan.visit_count(); at += plan.return_period()) {
    const VisitKind kind = plan.visit(at).kind;
    if (kind == VisitKind::newcomer) return false;
    if (kind == VisitKind::regular && device_slot(plan, person, at) == 0) return true;
  }
  return false;
}

// Whether the first visit belongs to another visitor (its device) than the later ones (the customer).
bool first_visit_stands_alone(const Plan& plan, const Person& person) {
  return person.is_silent_first && !first_device_logs_in_later(plan, person);
}

void mark_firsts(const Plan& plan, const Person& person, int64_t number, Shopper& shopper) {
  shopper.is_new_visitor = shopper.is_first_of_day = true;
  if (number == person.first_visit) return;
  const Dt today = dt_of(plan.start(number));
  const bool stands_alone = first_visit_stands_alone(plan, person);
  const auto earlier = [&](int64_t at) {  // Of the same visitor.
    const int64_t found = previous_visit(plan, at, person.first_visit);
    return found == person.first_visit && stands_alone ? -1 : found;
  };
  const int64_t before = earlier(number);
  shopper.is_new_visitor = before < 0;
  shopper.is_first_of_day = before < 0 || dt_of(plan.start(before)) < today;
}

int32_t login_index(const Person& person, int64_t number, int32_t event_count, Random& random) {
  if (!person.has_account) return event_count;
  const bool is_first = number == person.first_visit;
  if (is_first && person.is_silent_first) return event_count;
  if (!is_first && random.next_below(100) < kRememberedPercent) return 0;
  const int32_t earliest = is_first ? 1 : 0;
  return earliest + static_cast<int32_t>(random.next_below(static_cast<uint64_t>(event_count - earliest)));
}

}  // namespace

Shopper shopper_of(const Plan& plan, int64_t visit_number, const Visit& visit) {
  const int64_t first = find_first_visit(plan, visit_number, visit.kind);
  const bool may_return = visit.kind == VisitKind::newcomer || visit.kind == VisitKind::regular;
  const Person person = may_return ? person_at(plan, first) : Person{first, false, false, 1};
  Random random(plan.seed(), Purpose::login, static_cast<uint64_t>(visit_number));
  Shopper shopper;
  shopper.person = static_cast<uint64_t>(first);
  shopper.device_slot = device_slot(plan, person, visit_number);
  Random owner(plan.seed(), Purpose::device, shopper.person << 2 | shopper.device_slot);
  shopper.device = pick_device(owner.next());
  shopper.is_app = shopper.device == mobile && owner.next_below(100) < kAppPercent;
  shopper.city = pick_city(mix(draw(plan.seed(), Purpose::person, shopper.person)));
  shopper.login_at = login_index(person, visit_number, visit.event_count, random);
  shopper.partner_at = visit.event_count;
  mark_firsts(plan, person, visit_number, shopper);
  const bool is_shared = visit.kind == VisitKind::passer_by && random.next_below(1000) < kSharedDevicePermille;
  if (is_shared && visit.event_count >= 2) {
    shopper.partner_at = 1 + static_cast<int32_t>(random.next_below(static_cast<uint64_t>(visit.event_count - 1)));
    shopper.login_at = static_cast<int32_t>(random.next_below(static_cast<uint64_t>(shopper.partner_at)));
  }
  return shopper;
}

}  // namespace rcml::generator
