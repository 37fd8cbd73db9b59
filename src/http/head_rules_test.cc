#include "http/head_rules.h"

#include <gtest/gtest.h>

#include <map>

#include "http/text.h"

namespace rcml::http {
namespace {

class FieldList : public Fields {
 public:
  FieldList(std::initializer_list<std::pair<const std::string, std::string>> fields) : fields_(fields) {}
  std::string_view find(std::string_view name) const override {
    const auto it = fields_.find(std::string(name));
    return it == fields_.end() ? std::string_view() : it->second;
  }
  size_t count(std::string_view name) const override { return fields_.count(std::string(name)); }
  std::string joined(std::string_view name) const override { return std::string(find(name)); }

 private:
  std::multimap<std::string, std::string> fields_;
};

std::string with_line(std::string_view line) { return "GET / HTTP/1.1\r\n" + std::string(line) + "\r\n\r\n"; }

TEST(HeadRulesTest, AnOrdinaryHeadPasses) {
  EXPECT_FALSE(check_head_bytes("GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b;\tc\r\n\r\n"));
  EXPECT_FALSE(check_head_bytes("GET / HTTP/1.1\r\n\r\n"));
}

TEST(HeadRulesTest, WhatCouldBeReadInTwoWaysIsRefused) {
  for (const std::string& line :
       {std::string(" folded: x"), std::string("\tfolded: x"), std::string("Host : a"), std::string("Ho st: a"),
        std::string(": a"), std::string("nocolon"), std::string("A: b\rC: d"), std::string("A: b\nC: d"),
        std::string("A: b\0c", 6), std::string("A: \x7F"), std::string("A: \x01")}) {
    EXPECT_TRUE(check_head_bytes(with_line(line))) << line;
  }
  EXPECT_TRUE(check_head_bytes("GET / HTTP/1.1\nHost: a\n\n"));
  EXPECT_TRUE(check_head_bytes("\r\nGET / HTTP/1.1\n\r\n\r\n"));
}

TEST(HeadRulesTest, OnlyPathsAreTargets) {
  EXPECT_FALSE(check_target("/api/kpis?range=7d&x=%20"));
  for (const auto* bad : {"", "*", "http://localhost/", "localhost:80", "?x", "/a b", "/\xC3\xA4", "/a\tb"})
    EXPECT_EQ(check_target(bad)->status, 400) << bad;
}

TEST(HeadRulesTest, TheLengthOfABodyHasOneReading) {
  EXPECT_FALSE(check_framing(FieldList{{"Host", "localhost"}}, 0));
  EXPECT_FALSE(check_framing(FieldList{{"Host", "localhost"}, {"Content-Length", "0"}}, 0));
  EXPECT_FALSE(check_framing(FieldList{{"Host", "localhost"}, {"Content-Length", "12"}}, 12));
  const auto status = [](const FieldList& fields, size_t body_bytes_max) {
    const auto refusal = check_framing(fields, body_bytes_max);
    return refusal ? refusal->status : 0;
  };
  EXPECT_EQ(status({{"Host", "localhost"}, {"Content-Length", "12"}}, 0), 400);
  EXPECT_EQ(status({{"Host", "localhost"}, {"Content-Length", "13"}}, 12), 413);
  EXPECT_EQ(status({{"Host", "localhost"}, {"Content-Length", "0"}, {"Content-Length", "0"}}, 9), 400);
  EXPECT_EQ(status({{"Host", "localhost"}, {"Transfer-Encoding", "chunked"}}, 9), 411);
  for (const auto* bad : {"+1", "-1", "1 ", "0x1", "1,1", "", "99999999999999999999", "1e3"})
    EXPECT_EQ(status({{"Host", "localhost"}, {"Content-Length", bad}}, 99), 400) << bad;
}

TEST(HeadRulesTest, AHostIsNamedOnceAndIsOne) {
  EXPECT_FALSE(check_host_field(FieldList{{"Host", "localhost"}}, false));
  EXPECT_EQ(check_host_field(FieldList{}, false)->status, 400);
  EXPECT_EQ(check_host_field(FieldList{{"Host", "a"}, {"Host", "a"}}, false)->status, 400);
  EXPECT_EQ(check_host_field(FieldList{{"Host", "localhost:80@evil.com"}}, false)->status, 400);
}

TEST(HeadRulesTest, AProbeByHttp10NeedsNoHost) {
  EXPECT_FALSE(check_host_field(FieldList{}, true));
  EXPECT_EQ(check_host_field(FieldList{{"Host", "a"}, {"Host", "a"}}, true)->status, 400);
}

TEST(HeadRulesTest, TheNumberOfFieldsIsBounded) {
  std::string head = "GET / HTTP/1.1\r\n";
  for (size_t field = 0; field < kFieldsMax; ++field) head += "a:b\r\n";
  EXPECT_FALSE(check_head_bytes(head + "\r\n"));
  EXPECT_EQ(check_head_bytes(head + "a:b\r\n\r\n")->status, 431);
}

}  // namespace
}  // namespace rcml::http
