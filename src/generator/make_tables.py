"""Prints quantile_tables.cc. Run by hand when the calibration changes: python3 make_tables.py > quantile_tables.cc

The program itself must not call exp or log (their last bits differ between C libraries), so the shapes of
calibration are worked out once, here, and kept as integers.
"""

import math
from statistics import NormalDist

LENGTH_MU, LENGTH_SIGMA, LENGTH_MAX = 1.39, 1.08, 200
BOUNCE_SHARE = 0.25  # Sessions of one view on top of the fit, whose own share of singles (10 %) is far below 21-47 %.
GAP_MEDIAN_S, GAP_SIGMA, GAP_MIN_S, GAP_MAX_S = 33, 0.97, 1, 29 * 60
LENGTH_STEPS, GAP_STEPS = 4096, 1024
normal = NormalDist()


def session_length(p: float) -> int:
    if p < BOUNCE_SHARE:
        return 1
    z = normal.inv_cdf((p - BOUNCE_SHARE) / (1 - BOUNCE_SHARE))
    return min(LENGTH_MAX, max(1, math.ceil(math.exp(LENGTH_MU + LENGTH_SIGMA * z))))


def gap_us(p: float) -> int:
    if p <= 0:
        return GAP_MIN_S * 1_000_000
    if p >= 1:
        return GAP_MAX_S * 1_000_000
    seconds = GAP_MEDIAN_S * math.exp(GAP_SIGMA * normal.inv_cdf(p))
    return round(min(GAP_MAX_S, max(GAP_MIN_S, seconds)) * 1_000_000)


def rows(numbers: list[int]) -> str:
    lines, line = [], "   "
    for number in numbers:
        if len(line) + len(str(number)) + 2 > 118:
            lines.append(line)
            line = "   "
        line += f" {number},"
    return "\n".join([*lines, line])


lengths = [session_length((i + 0.5) / LENGTH_STEPS) for i in range(LENGTH_STEPS)]
gaps = [gap_us(i / GAP_STEPS) for i in range(GAP_STEPS + 1)]
print("// Made by make_tables.py; do not edit.")
print('#include "generator/calibration.h"\n\nnamespace rcml::generator {\n')
print(f"const std::array<uint8_t, {LENGTH_STEPS}> kLengthQuantiles{{{{\n{rows(lengths)}\n}}}};\n")
print(f"const std::array<int32_t, {GAP_STEPS + 1}> kGapQuantilesUs{{{{\n{rows(gaps)}\n}}}};\n")
print("}  // namespace rcml::generator")
