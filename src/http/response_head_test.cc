#include "http/response_head.h"

#include <gtest/gtest.h>

namespace rcml::http {
namespace {

constexpr std::string_view kDate = "Thu, 01 Jan 1970 00:00:00 GMT";

Response page() {
  Response response;
  response.content_type = "text/html";
  response.body = "<html>";
  response.gzip_body = "packed";
  response.etag = "\"v1\"";
  return response;
}

bool has(const WireResponse& wire, std::string_view text) { return wire.head.find(text) != std::string::npos; }

TEST(ResponseHeadTest, ThePlainFormIsComplete) {
  const auto wire = wire_response(page(), {}, "X-Common: yes\r\n", kDate);
  EXPECT_EQ(wire.head,
            "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nX-Common: yes\r\nETag: \"v1\"\r\n"
            "Vary: Accept-Encoding\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n");
  EXPECT_EQ(wire.body, "<html>");
}

TEST(ResponseHeadTest, TheClientDecidesAboutCompression) {
  const auto wire = wire_response(page(), {.takes_gzip = true}, "", kDate);
  EXPECT_TRUE(has(wire, "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(wire.body, "packed");
}

TEST(ResponseHeadTest, WhoHasTheCurrentCopyGetsNoBody) {
  const auto wire = wire_response(page(), {.has_current_copy = true}, "", kDate);
  EXPECT_TRUE(wire.head.starts_with("HTTP/1.1 304 Not Modified\r\n"));
  EXPECT_FALSE(has(wire, "Content-Length"));
  EXPECT_EQ(wire.body, "");
}

TEST(ResponseHeadTest, HeadTellsTheLengthWithoutTheBody) {
  const auto wire = wire_response(page(), {.is_head = true}, "", kDate);
  EXPECT_TRUE(has(wire, "Content-Length: 6\r\n"));
  EXPECT_EQ(wire.body, "");
}

TEST(ResponseHeadTest, TheConnectionFieldFollowsWhatHappensToIt) {
  EXPECT_FALSE(has(wire_response(page(), {}, "", kDate), "Connection"));
  EXPECT_TRUE(has(wire_response(page(), {.keeps_alive = false}, "", kDate), "Connection: close\r\n"));
  EXPECT_TRUE(has(wire_response(page(), {.is_http_1_0 = true}, "", kDate), "Connection: keep-alive\r\n"));
  Response last = page();
  last.closes = true;
  EXPECT_TRUE(has(wire_response(last, {}, "", kDate), "Connection: close\r\n"));
}

TEST(ResponseHeadTest, AValueWithALineBreakIsLeftOut) {
  Response response = page();
  response.fields.emplace_back("Location", "/\r\nSet-Cookie: evil=1");
  EXPECT_FALSE(has(wire_response(response, {}, "", kDate), "evil"));
}

TEST(ResponseHeadTest, TagsAreComparedWeaklyAndWhole) {
  EXPECT_TRUE(matches_etag("\"a\", W/\"b\"", "W/\"b\""));
  EXPECT_TRUE(matches_etag("\"b\"", "W/\"b\""));
  EXPECT_TRUE(matches_etag("*", "\"b\""));
  EXPECT_FALSE(matches_etag("\"bb\"", "\"b\""));
  EXPECT_FALSE(matches_etag("", "\"b\""));
}

TEST(ResponseHeadTest, DatesHaveTheStandardForm) {
  EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");  // The example of RFC 9110, 5.6.7.
}

}  // namespace
}  // namespace rcml::http
