#include "cli/doctor/check.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace rcml::cli {
namespace {

Check fine(const char* name) {
  return {name, []() -> Result<Verdict> { return Verdict{"fine", {}}; }};
}

Check broken(const char* name, Error error) {
  return {name, [error]() -> Result<Verdict> { return error; }};
}

TEST(DoctorCheck, AllGroupsTellTheirFaults) {
  const Findings found = run_checks({{fine("a"), broken("b", unavailable("down", "start it")), fine("c")},
                                     {broken("d", bad_config("wrong", "write it so"))}},
                                    Millis(60'000));
  ASSERT_EQ(found.list.size(), 4u);
  EXPECT_EQ(found.list[0].level, FindingLevel::ok);
  EXPECT_EQ(found.list[1].level, FindingLevel::fail);
  EXPECT_EQ(found.list[1].cure, "start it");
  EXPECT_EQ(found.list[2].level, FindingLevel::skip);
  EXPECT_EQ(found.list[3].text, "wrong");
  EXPECT_FALSE(found.has_abandoned);
  EXPECT_EQ(exit_code_of(found.list), 2);
}

TEST(DoctorCheck, ACheckThatHangsHasFailedAndTheRestIsTold) {
  const auto may_go = std::make_shared<std::atomic<bool>>(false);
  const Check hanging{"hangs", [may_go]() -> Result<Verdict> {
                        while (!*may_go) std::this_thread::sleep_for(std::chrono::milliseconds(5));
                        return Verdict{};
                      }};
  const Findings found = run_checks({{hanging, fine("after")}, {fine("beside")}}, Millis(1000));
  *may_go = true;
  ASSERT_EQ(found.list.size(), 3u);
  EXPECT_EQ(found.list[0].text, "no answer within 1 s");
  EXPECT_EQ(found.list[1].level, FindingLevel::skip);
  EXPECT_EQ(found.list[2].level, FindingLevel::ok);
  EXPECT_TRUE(found.has_abandoned);
  EXPECT_EQ(exit_code_of(found.list), 3);
}

TEST(DoctorCheck, AWarningIsNoFailure) {
  const Check warning{"w", []() -> Result<Verdict> { return Verdict{"soon full", "free space"}; }};
  const Findings found = run_checks({{warning}}, Millis(60'000));
  EXPECT_EQ(found.list[0].level, FindingLevel::warn);
  EXPECT_EQ(exit_code_of(found.list), 0);
  EXPECT_EQ(findings_text(found.list), "warn  w  soon full. Cure: free space\n");
}

TEST(DoctorCheck, DataThatNeedsAPersonHasItsOwnExitCode) {
  const Findings found =
      run_checks({{broken("a", unavailable("down"))}, {broken("b", corrupt("odd"))}}, Millis(60'000));
  EXPECT_EQ(exit_code_of(found.list), 4);
}

TEST(DoctorCheck, OneLineACheckAndNoPassword) {
  const Findings found =
      run_checks({{broken("a", unavailable("no answer from\npostgres://ann:hunter22@db:5432/x"))}}, Millis(60'000));
  const std::string text = findings_text(found.list);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_EQ(text.find("hunter22"), std::string::npos);
  EXPECT_EQ(findings_json(found.list).find("hunter22"), std::string::npos);
}

TEST(DoctorCheck, ClocksAreComparedAcrossTheWrite) {
  EXPECT_EQ(clock_skew(Millis(10'000), Millis(12'000), Millis(11'000)).value, 0);
  EXPECT_EQ(clock_skew(Millis(10'900), Millis(12'000), Millis(10'000)).value, 0);  // S3 cuts off the milliseconds.
  EXPECT_EQ(clock_skew(Millis(10'000), Millis(12'000), Millis(72'000)).value, 60'000);
  EXPECT_EQ(clock_skew(Millis(500'000), Millis(501'000), Millis(200'000)).value, -300'000);
}

}  // namespace
}  // namespace rcml::cli
