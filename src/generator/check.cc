#include "generator/check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <span>

#include "generator/calibration.h"
#include "generator/truth.h"

namespace rcml::generator {
namespace {

// Critical values at a significance of one in a million.
constexpr double kChiSquare23Max = 73.5;
constexpr double kChiSquare2Max = 27.7;
constexpr double kKolmogorovMax = 2.7;  // Divided by the square root of the sample's size.
// Visits of one person share a device, so sessions count for less than as many independent draws.
constexpr double kDeviceClustering = 3;
// Tables have steps, devices that change hands split sessions, long visits are hurried: none of it matters below this.
constexpr double kDistanceIgnored = 0.004;

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", 100 * share);
  return text;
}

std::string decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

double ratio(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double chi_square(std::span<const int64_t> found, std::span<const double> shares) {
  const auto total = static_cast<double>(std::accumulate(found.begin(), found.end(), int64_t{0}));
  double sum = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const double wanted = total * shares[i];
    if (wanted > 0) sum += (static_cast<double>(found[i]) - wanted) * (static_cast<double>(found[i]) - wanted) / wanted;
  }
  return sum;
}

// The greatest distance between the share of `found` at or below i and `wanted_up_to(i)`.
template <class Cdf>
double kolmogorov(std::span<const int64_t> found, Cdf wanted_up_to) {
  const int64_t total = std::accumulate(found.begin(), found.end(), int64_t{0});
  int64_t up_to = 0;
  double distance = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    up_to += found[i];
    distance = std::max(distance, std::abs(ratio(up_to, total) - wanted_up_to(i)));
  }
  return distance;
}

double length_cdf(size_t events) {
  const auto after = std::upper_bound(kLengthQuantiles.begin(), kLengthQuantiles.end(), std::min<size_t>(events, 255));
  return static_cast<double>(after - kLengthQuantiles.begin()) / static_cast<double>(kLengthQuantiles.size());
}

// Of gaps of less than `seconds` + 1 seconds.
double gap_cdf(size_t seconds) {
  const double us = (static_cast<double>(seconds) + 1) * 1e6;
  const auto after = std::upper_bound(kGapQuantilesUs.begin(), kGapQuantilesUs.end(), us,
                                      [](double a, int32_t b) { return a < static_cast<double>(b); });
  const auto steps = static_cast<double>(kGapQuantilesUs.size() - 1);
  if (after == kGapQuantilesUs.end()) return 1;
  const double low = *(after - 1);
  const double high = *after;
  return (static_cast<double>(after - kGapQuantilesUs.begin() - 1) + (us - low) / (high - low)) / steps;
}

CheckRow distance_row(std::string measure, double distance, int64_t sample) {
  const double limit = kDistanceIgnored + kKolmogorovMax / std::sqrt(static_cast<double>(std::max<int64_t>(1, sample)));
  return {std::move(measure), decimal(distance), "below " + decimal(limit), distance <= limit};
}

// A share that should lie within a range; chance may carry it outside by five standard deviations.
CheckRow share_row(std::string measure, int64_t part, int64_t whole, double least, double most) {
  const double share = ratio(part, whole);
  const double slack = 5 * 0.5 / std::sqrt(static_cast<double>(std::max<int64_t>(1, whole)));
  const bool is_good = share >= least - slack && share <= most + slack;
  return {std::move(measure), percent(share), percent(least) + " to " + percent(most), is_good};
}

CheckRow device_row(const Truth& truth) {
  std::array<int64_t, device_count> found{};
  std::array<double, device_count> shares{};
  for (size_t i = 0; i < device_count; ++i) {
    found[i] = truth.devices[i].sessions;
    shares[i] = kDevices[i].share_permille / 1000.0;
  }
  const double value = chi_square(found, shares) / kDeviceClustering;
  return {"device, chi-square", decimal(value), "below " + decimal(kChiSquare2Max), value <= kChiSquare2Max};
}

CheckRow popularity_row(const Truth& truth) {
  std::vector<int64_t> views(truth.pages[0].begin() + product_page, truth.pages[0].end());
  std::sort(views.begin(), views.end(), std::greater<>());
  const size_t head = views.size() / 100;
  const int64_t in_head = std::accumulate(views.begin(), views.begin() + static_cast<std::ptrdiff_t>(head), int64_t{0});
  const int64_t all = std::accumulate(views.begin(), views.end(), int64_t{0});
  return share_row("views of the top 1 % of products", in_head, all, 0.18, 0.36);
}

}  // namespace

CheckReport check_calibration(const Truth& truth, const HourShares& hours) {
  const SessionCounts people = truth.people();
  const int64_t gaps = std::accumulate(truth.shape.gap_seconds.begin(), truth.shape.gap_seconds.end(), int64_t{0});
  const double by_hour = chi_square(truth.shape.start_hours, hours);
  const double mean_length = ratio(people.event_count(), people.sessions);
  const double mean_slack = 60 / std::sqrt(static_cast<double>(std::max<int64_t>(1, people.sessions)));
  CheckReport report;
  report.rows = {
      {"hour of session start, chi-square", decimal(by_hour), "below " + decimal(kChiSquare23Max),
       by_hour <= kChiSquare23Max},
      device_row(truth),
      distance_row("events per session, Kolmogorov-Smirnov", kolmogorov(truth.shape.lengths, length_cdf),
                   people.sessions),
      distance_row("gap between events, Kolmogorov-Smirnov", kolmogorov(truth.shape.gap_seconds, gap_cdf), gaps),
      {"events per session, mean", decimal(mean_length), "3.4 to 7.2",
       mean_length >= 3.4 - mean_slack && mean_length <= 7.2 + mean_slack},
      share_row("bounces", people.bounces, people.sessions, 0.21, 0.47),
      share_row("conversion", people.converted, people.sessions, 0.011, 0.0395),
      share_row("orders of sessions with a cart", people.reached[3], people.reached[1], 0.25, 0.36),
      popularity_row(truth),
  };
  return report;
}

bool CheckReport::is_good() const {
  return std::all_of(rows.begin(), rows.end(), [](const CheckRow& row) { return row.is_good; });
}

std::string CheckReport::text() const {
  std::string text;
  for (const CheckRow& row : rows) {
    char line[256];
    std::snprintf(line, sizeof line, "%-4s %-42s %12s   (%s)\n", row.is_good ? "ok" : "BAD", row.measure.c_str(),
                  row.found.c_str(), row.wanted.c_str());
    text += line;
  }
  return text;
}

}  // namespace rcml::generator
