#include "warehouse/load_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rcml::warehouse {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using Row = Warehouse::TextRow;

Row row(const std::string& version, const std::string& dt, const std::string& files, const std::string& rows,
        const std::string& at) {
  return {version, "id", dt, files, rows, at, "c0", "0"};
}

TEST(LoadProof, IsWholeWithTheLineOfTheTable) {
  const auto proof =
      load_proof_from_rows({row("5", "2026-03-02", "1", "10", "b"), row("5", "2026-03-01", "2", "20", "b"),
                            row("5", "", "3", "30", "b"), row("4", "2026-03-01", "9", "9", "a")});
  ASSERT_TRUE(proof.has_value());
  EXPECT_EQ(proof->version, TableVersion(5));
  EXPECT_EQ(proof->table_id, "id");
  EXPECT_EQ(proof->commit, "c0");
  ASSERT_THAT(proof->dates, SizeIs(2));
  EXPECT_EQ(proof->dates.at("2026-03-01"), (DateTotals{2, 20}));
}

TEST(LoadProof, AnEmptyTableCanBeProven) {
  const auto proof = load_proof_from_rows({row("0", "", "0", "0", "a")});
  ASSERT_TRUE(proof.has_value());
  EXPECT_THAT(proof->dates, SizeIs(0));
}

TEST(LoadProof, HalfOfOneIsNone) {
  EXPECT_FALSE(load_proof_from_rows({}).has_value());
  EXPECT_FALSE(load_proof_from_rows({row("5", "2026-03-01", "2", "20", "b")}).has_value());
  EXPECT_FALSE(
      load_proof_from_rows({row("5", "2026-03-01", "2", "20", "b"), row("5", "", "3", "30", "b")}).has_value());
  EXPECT_FALSE(load_proof_from_rows({row("5", "2026-03-01", "2", "20", "b"), row("5", "2026-03-01", "2", "20", "b"),
                                     row("5", "", "2", "20", "b")})
                   .has_value());
}

TEST(LoadProof, IsWrittenInStatementsOfSomeThousandLines) {
  LoadProof proof{TableVersion(3), "o'id", "c0", {}};
  for (int day = 0; day < 4500; ++day) proof.dates["day " + std::to_string(day)] = {1, 2};
  const auto statements = keep_load_proof_sql(Target::duckdb, RawTable::clicks, proof, "2026-03-01 00:00:00");
  EXPECT_THAT(statements, SizeIs(4));
  EXPECT_THAT(statements[0], HasSubstr("delete from raw.load_proof where table_name = 'raw_clicks'"));
  EXPECT_THAT(statements[1], HasSubstr("'o''id'"));
  EXPECT_THAT(statements[3], HasSubstr("'', 4500, 9000, 0,"));
}

}  // namespace
}  // namespace rcml::warehouse
