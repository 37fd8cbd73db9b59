#include "generator/session.h"

#include <algorithm>
#include <span>

namespace rcml::generator {
namespace {

// How far towards the till a visit gets.
enum class Depth : uint8_t { browse, cart, checkout, purchase };

enum State : uint8_t { home, category, product, search, state_count };
// Of 256: from where, to where.
constexpr uint8_t kWalk[state_count][state_count] = {
    {10, 120, 66, 60},
    {12, 84, 140, 20},
    {14, 76, 140, 26},
    {6, 30, 160, 60},
};
constexpr uint8_t kLanding[state_count] = {84, 62, 110, 0};

State next_state(const uint8_t (&row)[state_count], uint64_t random256) {
  uint64_t left = random256;
  for (uint8_t state = 0; state + 1 < state_count; ++state) {
    if (left < row[state]) return static_cast<State>(state);
    left -= row[state];
  }
  return static_cast<State>(state_count - 1);
}

// The chance grows with the length of the visit: buyers have looked at about 22 pages. Abandoned carts are 70 %.
Depth pick_depth(const ChannelSpec& channel, Device device, int32_t event_count, uint64_t random) {
  if (event_count < 2) return Depth::browse;
  constexpr uint64_t kScale = 10'000ULL * 100 * 1000;  // Of conversion_e4 * percent * length in thousandths.
  const uint64_t chance = static_cast<uint64_t>(channel.conversion_e4) *
                          static_cast<uint64_t>(kDevices[device].conversion_percent) *
                          (static_cast<uint64_t>(event_count) * 1'000'000 / kMeanLengthMilli);
  const uint64_t buys = std::min(chance, kScale * 28 / 100);
  const uint64_t at = below(random, kScale);
  if (at < buys && event_count >= 4) return Depth::purchase;
  if (at < buys * 17 / 10 && event_count >= 3) return Depth::checkout;
  return at < buys * 29 / 10 ? Depth::cart : Depth::browse;
}

// At which events the visit takes its steps towards the till; -1: never.
struct Milestones {
  int32_t cart = -1;
  int32_t checkout = -1;
  int32_t purchase = -1;
};

Milestones place_milestones(Depth depth, int32_t event_count, Random& random) {
  Milestones at;
  if (depth == Depth::browse) return at;
  // A few pages may follow the last step.
  const int32_t room = event_count - 2 - static_cast<int32_t>(depth);
  const int32_t after =
      room > 0 ? static_cast<int32_t>(random.next_below(static_cast<uint64_t>(std::min(room, 2)) + 1)) : 0;
  int32_t last = event_count - 1 - after;
  if (depth == Depth::purchase) at.purchase = last--;
  if (depth >= Depth::checkout) at.checkout = last--;
  at.cart = 1 + static_cast<int32_t>(random.next_below(static_cast<uint64_t>(last)));
  // Trackers lose clicks: some orders have no cart event.
  if (depth == Depth::purchase && random.next_below(32) == 0) at.cart = -1;
  return at;
}

// Walks through the shop and fills type, page, product and revenue.
class Walk {
 public:
  Walk(const Milestones& at, Random& random) : at_(at), random_(random) {}

  void step(int32_t index, EventRecord& event) {
    if (index == at_.purchase) return buy(event);
    if (index == at_.checkout) return show(event, EventType::checkout, checkout_page);
    if (index == at_.cart || adds_more(index)) return add_to_cart(event);
    browse(index, event);
  }

 private:
  static void show(EventRecord& event, EventType type, uint32_t page) {
    event.type = type;
    event.page = page;
  }

  bool adds_more(int32_t index) {
    return at_.cart >= 0 && index > at_.cart && index < at_.checkout && is_on_product_ && random_.next_below(100) < 30;
  }

  void browse(int32_t index, EventRecord& event) {
    const uint64_t random = random_.next();
    state_ = next_state(index == 0 ? kLanding : kWalk[state_], random & 0xff);
    if (index + 1 == at_.cart) state_ = product;  // Nothing goes into a cart unseen.
    is_on_product_ = state_ == product;
    switch (state_) {
      case home: return show(event, EventType::page_view, home_page);
      case category: return show(event, EventType::page_view, category_page + ((random >> 8) & 0xf));
      case search: return show(event, EventType::search, search_page);
      default: break;
    }
    seen_ = wanted_product(mix(random));
    event.product = seen_;
    show(event, EventType::product_view, product_page + seen_);
  }

  void add_to_cart(EventRecord& event) {
    is_on_product_ = false;
    if (seen_ == kNoProduct) seen_ = wanted_product(random_.next());
    const uint32_t quantity = random_.next_below(10) == 0 ? 2 : 1;
    cart_cents_ += price_cents(seen_) * quantity;
    event.product = seen_;
    show(event, EventType::add_to_cart, cart_page);
  }

  void buy(EventRecord& event) {
    if (cart_cents_ == 0) cart_cents_ = price_cents(seen_ == kNoProduct ? 0 : seen_);
    event.revenue_cents = cart_cents_;
    cart_cents_ = 0;
    show(event, EventType::purchase, thanks_page);
  }

  Milestones at_;
  Random& random_;
  State state_ = home;
  bool is_on_product_ = false;
  uint32_t seen_ = kNoProduct;
  uint32_t cart_cents_ = 0;
};

// The time between two events. What makes a bot a bot is here, and so is what keeps people from being taken for one.
class Pace {
 public:
  Pace(VisitKind kind, Random& random) : kind_(kind), random_(random) {
    clock_us_ = static_cast<int64_t>(1 + random.next_below(10)) * 1'000'000;
  }

  int64_t next_gap_us() {
    switch (kind_) {
      case VisitKind::bot_burst: return 80'000 + static_cast<int64_t>(random_.next_below(220'000));
      case VisitKind::bot_crawler: return 1'200'000 + static_cast<int64_t>(random_.next_below(2'800'000));
      case VisitKind::bot_clock: return clock_us_;
      default: break;
    }
    int64_t gap = gap_us(random_.next());
    if (elapsed_us_ + gap > kHumanSessionUsMax) gap = kGapUsMin + gap % 4'000'000;
    elapsed_us_ += gap;
    return gap;
  }

 private:
  VisitKind kind_;
  Random& random_;
  int64_t clock_us_;
  int64_t elapsed_us_ = 0;
};

EventRecord blank(const VisitStart& start, const Shopper& shopper) {
  EventRecord event{};
  event.visit_number = static_cast<uint64_t>(start.visit_number);
  event.person = shopper.person;
  event.product = kNoProduct;
  event.device = shopper.device;
  event.device_slot = shopper.device_slot;
  event.city = shopper.city;
  event.is_app = shopper.is_app;
  return event;
}

uint8_t pick_campaign(const ChannelSpec& channel, uint64_t random) {
  if (channel.campaign_count == 0) return 0;
  return static_cast<uint8_t>(channel.campaign_first + below(random, channel.campaign_count));
}

}  // namespace

void append_visit(const Plan& plan, const VisitStart& start, const Visit& visit, const Shopper& shopper,
                  std::vector<EventRecord>& out) {
  Random random(plan.seed(), Purpose::walk, static_cast<uint64_t>(start.visit_number));
  const ChannelSpec& channel = kChannels[is_bot(visit.kind) ? 1 : pick_channel(random.next())];
  const uint8_t campaign = pick_campaign(channel, random.next());
  const bool keeps_campaign = random.next_below(5) != 0;  // Else only the landing page carries it, as in an address.
  const Depth depth =
      is_bot(visit.kind) ? Depth::browse : pick_depth(channel, shopper.device, visit.event_count, random.next());
  Walk walk(place_milestones(depth, visit.event_count, random), random);
  Pace pace(visit.kind, random);
  const EventRecord common = blank(start, shopper);
  int64_t at = start.at.value;
  for (int32_t i = 0; i < visit.event_count; ++i) {
    if (i > 0) at += pace.next_gap_us();
    EventRecord& event = out.emplace_back(common);
    event.arrival_us = event.event_us = at;
    event.event_number = start.first_event_number + static_cast<uint64_t>(i);
    event.has_customer = i >= shopper.login_at;
    event.is_partner = i >= shopper.partner_at;
    event.campaign = i == 0 || keeps_campaign ? campaign : 0;
    walk.step(i, event);
  }
}

}  // namespace rcml::generator
