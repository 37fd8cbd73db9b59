#include "http/form.h"

#include <gtest/gtest.h>

namespace rcml::http {
namespace {

TEST(FormTest, NamesAndValuesAreDecoded) {
  const auto params = parse_form("a=1&b=x%20y+z&&c&d=&a=2&e=%zz%4");
  ASSERT_TRUE(params);
  EXPECT_EQ(*params, (Params{{"a", "1"}, {"a", "2"}, {"b", "x y z"}, {"c", ""}, {"d", ""}, {"e", "%zz%4"}}));
  EXPECT_TRUE(parse_form("")->empty());
}

TEST(FormTest, TooManyPairsAreRefused) {
  std::string text;
  for (size_t pair = 0; pair < kParamsMax; ++pair) text += "a&";
  EXPECT_EQ(parse_form(text)->size(), kParamsMax);
  EXPECT_FALSE(parse_form(text + "a"));
}

TEST(FormTest, ACookieIsFoundByItsWholeName) {
  EXPECT_EQ(cookie_value("a=b; rcml_session=x=y; c=d", "rcml_session"), "x=y");
  EXPECT_EQ(cookie_value("xrcml_session=1; rcml_session2=2", "rcml_session"), "");
  EXPECT_EQ(cookie_value("rcml_session", "rcml_session"), "");
  EXPECT_EQ(cookie_value("", "a"), "");
}

}  // namespace
}  // namespace rcml::http
