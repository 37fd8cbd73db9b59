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
  using Values = std::vector<std::string_view>;
  EXPECT_EQ(cookie_values("a=b; rcml_session=x=y; c=d", "rcml_session"), Values{"x=y"});
  EXPECT_EQ(cookie_values("rcml_session=old; rcml_session=new", "rcml_session"), (Values{"old", "new"}));
  EXPECT_EQ(cookie_values("xrcml_session=1; rcml_session2=2; rcml_session; rcml_session=", "rcml_session"), Values{});
  EXPECT_EQ(cookie_values("", "a"), Values{});
  std::string many;
  for (int index = 0; index < 100; ++index) many += "a=1;";
  EXPECT_EQ(cookie_values(many, "a").size(), kCookiesMax);
}

}  // namespace
}  // namespace rcml::http
