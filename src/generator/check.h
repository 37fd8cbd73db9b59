// generator/check.h: does a run look like real traffic? Compares what was made with the calibration.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace rcml::generator {

class Truth;

struct CheckRow {
  std::string measure;
  std::string found;
  std::string wanted;
  bool is_good = false;
};

struct CheckReport {
  std::vector<CheckRow> rows;
  bool is_good() const;
  std::string text() const;  // A table for people.
};

// The share of the sessions that each hour of the UTC day should have.
using HourShares = std::array<double, 24>;

// Chi-square on hours and devices, Kolmogorov-Smirnov on lengths and gaps, ranges for the rest. Small runs get wide
// bounds: the tests are at a significance of one in a million, so that a good run does not fail by chance.
CheckReport check_calibration(const Truth& truth, const HourShares& hours);

}  // namespace rcml::generator
