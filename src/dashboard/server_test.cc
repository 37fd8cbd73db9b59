#include "dashboard/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/clock.h"
#include "dashboard/assets.h"
#include "dashboard/duckdb_database.h"
#include "dashboard/published_marts.h"
#include "http/gzip.h"
#include "http/testing/client.h"

namespace rcml::dashboard {
namespace {

namespace fs = std::filesystem;
using http::testing::Client;
using http::testing::FieldMap;

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("rcml-server-test-" + std::to_string(monotonic_now().value))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

// Publishes marts of `count` sessions as `rcml transform` does: written aside, then renamed.
void publish(const std::string& path, int count) {
  {
    const auto database = *DuckdbDatabase::open(path + ".tmp", {});
    ASSERT_TRUE(database->run({"create schema marts", {}}).ok());
    const auto made = database->run(
        {"create table marts.fct_sessions as select 'k' || n as session_key, 'v' || n as visitor_id, date '2025-08-24' as session_date, timestamp '2025-08-24 10:00:00' as session_start, "
         "timestamp '2025-08-24 10:01:00' as session_end, 'c' || n as client_key, 1 as session_no, false as is_bot, '<b>' as device, 'campaign_' || n as utm_campaign, 1 as event_count "
         "from range(" +
             std::to_string(count) + ") r(n)",
         {}});
    ASSERT_TRUE(made.ok()) << made.error().text();
  }
  fs::rename(path + ".tmp", path);
}

class ServerTest : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    options.listen = "127.0.0.1:0";
    server_ = std::move(*Server::start(options, marts_, nullptr));
    client_ = std::make_unique<Client>(static_cast<uint16_t>(server_->port()));
  }
  std::optional<http::testing::Answer> get(const std::string& path, const FieldMap& fields = {}) {
    return client_->get(path, fields);
  }

  // Asks until the answer has `text` in it: a new copy is shown once it is prepared.
  std::optional<http::testing::Answer> get_with(const std::string& text, const std::string& path,
                                                const FieldMap& headers = {}) {
    for (int turn = 0; turn < 600; ++turn) {
      auto answer = get(path, headers);
      if (answer && answer->body.find(text) != std::string::npos) return answer;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ADD_FAILURE() << path << " never had " << text;
    return get(path, headers);
  }

  Folder folder_;
  std::string published_ = folder_.file("clicks.published.duckdb");
  PublishedMarts marts_{published_};
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(ServerTest, BeforeTheFirstPublishThePageSaysSo) {
  start();
  EXPECT_NE(get("/api/meta")->body.find("\"is_published\":false"), std::string::npos);
  EXPECT_NE(get("/api/kpis")->body.find("\"rows\":[]"), std::string::npos);
}

TEST_F(ServerTest, ANewCopyIsServedAndAnOldETagIsOutdated) {
  start();
  publish(published_, 3);
  const auto before = get_with("\"sessions\":3", "/api/kpis");
  const std::string etag = before->field("etag");
  EXPECT_EQ(get("/api/kpis", {{"If-None-Match", etag}})->status, 304);
  publish(published_, 7);
  EXPECT_EQ(get_with("\"sessions\":7", "/api/kpis", {{"If-None-Match", etag}})->status, 200);
}

TEST_F(ServerTest, EveryAnswerHasTheSafetyHeaders) {
  start();
  for (const auto* path : {"/", "/app.js", "/api/meta", "/api/nope", "/nope"}) {
    const auto answer = get(path, {{"Accept-Encoding", "gzip"}});
    const std::string policy = answer->field("content-security-policy");
    EXPECT_NE(policy.find("default-src 'none'"), std::string::npos) << path;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos) << path;
    EXPECT_EQ(answer->field("x-content-type-options"), "nosniff") << path;
  }
}

TEST_F(ServerTest, ItOnlyReads) {
  start();
  EXPECT_EQ(client_->request("POST", "/api/kpis", {}, "x")->status, 405);
  EXPECT_EQ(client_->request("POST", "/login", {}, "token=x")->status, 405) << "without a token nobody signs in";
  EXPECT_EQ(client_->request("DELETE", "/api/kpis")->status, 405);
  EXPECT_EQ(client_->request("HEAD", "/api/meta")->status, 200);
}

TEST_F(ServerTest, AnotherHostNameIsNotServed) {
  start();
  for (const auto* path : {"/api/meta", "/healthz", "/", "/style.css"}) {
    EXPECT_EQ(get(path, {{"Host", "evil.example"}})->status, 421) << path;
    EXPECT_EQ(get(path, {{"Host", "localhost:1"}})->status, 200) << path;
  }
}

TEST_F(ServerTest, TheNamesGivenAreTheNamesAnsweredForOnAnyAddress) {
  ServerOptions options{.allows_remote = true, .hosts = {"clicks.shop.example"}};
  options.listen = "0.0.0.0:0";
  const auto server = *Server::start(options, marts_, nullptr);
  Client client(static_cast<uint16_t>(server->port()));
  EXPECT_EQ(client.get("/api/meta", {{"Host", "evil.example"}})->status, 421);
  EXPECT_EQ(client.get("/api/meta", {{"Host", "Clicks.Shop.Example:443"}})->status, 200);
  EXPECT_EQ(client.get("/api/meta", {{"Host", "10.1.2.3:8080"}})->status, 200);
}

TEST_F(ServerTest, APageBehindAProxyIsNeverOpenByAccident) {
  EXPECT_FALSE(*needs_token({.listen = "127.0.0.1:0"}));
  EXPECT_FALSE(*needs_token({.listen = "127.0.0.1:0", .hosts = {"clicks.shop.example"}}));
  EXPECT_TRUE(*needs_token({.listen = "127.0.0.1:0", .proxies = {"127.0.0.1"}}));
  EXPECT_FALSE(*needs_token({.listen = "127.0.0.1:0", .allows_remote = true, .proxies = {"127.0.0.1"}}));
  const auto refused = Server::start({.listen = "127.0.0.1:0", .proxies = {"127.0.0.1"}}, marts_, nullptr);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().text().find("behind a proxy"), std::string::npos) << refused.error().text();
}

TEST_F(ServerTest, AnAddressThatCannotBeListenedOnIsToldFromAPortThatIsTaken) {
  start();
  const std::string taken = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_NE(Server::start({.listen = taken}, marts_, nullptr).error().cure.find("Another program"), std::string::npos);
  const auto elsewhere = Server::start({.listen = "203.0.113.7:0", .allows_remote = true}, marts_, nullptr);
  EXPECT_NE(elsewhere.error().cure.find("an address of this machine"), std::string::npos) << elsewhere.error().text();
}

TEST_F(ServerTest, AnotherSitesPageMayLinkHereButNotAsk) {
  start();
  EXPECT_EQ(get("/api/meta", {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "no-cors"}})->status, 403);
  EXPECT_EQ(get("/", {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}})->status, 200);
  EXPECT_EQ(get("/api/meta", {{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Mode", "cors"}})->status, 200);
}

TEST_F(ServerTest, WithATokenNothingIsShownWithoutIt) {
  start({.token = "correct-horse-battery"});
  EXPECT_EQ(get("/")->status, 401);
  EXPECT_EQ(get("/api/meta")->status, 401);
  EXPECT_EQ(get("/?token=wrong")->status, 401);
  EXPECT_EQ(get("/api/meta", {{"Authorization", "Bearer correct-horse-battery"}})->status, 200);
  EXPECT_EQ(get("/healthz")->status, 200);
  EXPECT_NE(get("/?range=7d")->body.find("method=\"post\""), std::string::npos) << "a person gets the sign-in page";
}

TEST_F(ServerTest, ATokenBecomesASessionWhichIsAnother) {
  start({.token = "correct-horse-battery"});
  const auto by_link = get("/?token=correct-horse-battery");
  const auto by_form = client_->request("POST", "/login", {{"Host", "localhost"}, {"Origin", "http://localhost"}},
                                        "token=correct%2Dhorse-battery");
  for (const auto& answer : {by_link, by_form}) {
    EXPECT_EQ(answer->status, 303);
    EXPECT_EQ(answer->field("location"), "/");
    const std::string cookie = answer->field("set-cookie");
    EXPECT_NE(cookie.find("; Path=/; HttpOnly; SameSite=Lax"), std::string::npos) << cookie;
    EXPECT_EQ(cookie.find("Secure"), std::string::npos) << cookie;
    EXPECT_EQ(cookie.find("correct-horse"), std::string::npos) << cookie;
    const FieldMap session{{"Cookie", cookie.substr(0, cookie.find(';'))}};
    EXPECT_EQ(get("/api/meta", session)->status, 200);
    EXPECT_EQ(client_->request("POST", "/logout", session)->status, 303);
    EXPECT_EQ(get("/api/meta", session)->status, 401) << "the session has ended here, whoever kept the cookie";
  }
  EXPECT_EQ(client_->request("POST", "/login", {{"Origin", "http://evil.example"}}, "token=x")->status, 403);
  EXPECT_EQ(client_->request("POST", "/login", {{"Sec-Fetch-Site", "cross-site"}}, "token=x")->status, 403);
  EXPECT_EQ(client_
                ->request("POST", "/", {{"Sec-Fetch-Site", "same-origin"}, {"Origin", "https://proxy.example:8443"}},
                          "token=correct-horse-battery")
                ->status,
            303)
      << "a proxy may have replaced Host";
  EXPECT_NE(client_->request("POST", "/login", {}, "token=wrong")->body.find("That is not the token"),
            std::string::npos);
}

TEST_F(ServerTest, SigningInLeadsToWhatWasAskedFor) {
  start({.token = "correct-horse-battery"});
  EXPECT_EQ(get("/?range=7d&token=correct-horse-battery&view=live")->field("location"), "/?range=7d&view=live");
  EXPECT_EQ(client_->request("POST", "/?range=7d", {}, "token=correct-horse-battery")->field("location"), "/?range=7d");
  EXPECT_EQ(get("/login")->status, 200);
}

TEST_F(ServerTest, AnotherCookieOfTheSameNameDoesNoHarm) {
  start({.token = "correct-horse-battery"});
  const std::string cookie = get("/?token=correct-horse-battery")->field("set-cookie");
  EXPECT_EQ(get("/api/meta", {{"Cookie", "rcml_session=stale; " + cookie.substr(0, cookie.find(';'))}})->status, 200);
}

TEST_F(ServerTest, WithoutATokenThereIsNothingToSignInTo) {
  start();
  EXPECT_EQ(get("/login")->field("location"), "/");
}

TEST_F(ServerTest, BehindTlsTheCookieIsForTlsOnly) {
  start({.token = "correct-horse-battery", .proxies = {"127.0.0.1"}});
  const auto cookie = [this](const std::string& scheme) {
    return get("/?token=correct-horse-battery", {{"X-Forwarded-Proto", scheme}})->field("set-cookie");
  };
  EXPECT_NE(cookie("https").find("; Secure"), std::string::npos);
  EXPECT_EQ(cookie("http").find("; Secure"), std::string::npos);
  start({.token = "correct-horse-battery", .has_secure_cookie = true});
  EXPECT_NE(cookie("http").find("; Secure"), std::string::npos);
}

TEST_F(ServerTest, GuessingIsSlowedButSessionsGoOn) {
  start({.token = "correct-horse-battery", .proxies = {"127.0.0.1"}});
  const std::string cookie = get("/?token=correct-horse-battery")->field("set-cookie");
  const auto guess = [this](const std::string& token, const std::string& from) {
    return get("/api/meta", {{"Authorization", "Bearer " + token}, {"X-Forwarded-For", from}});
  };
  for (int turn = 0; turn < 10; ++turn) EXPECT_EQ(guess("wrong", "10.0.0.1")->status, 401);
  const auto slowed = guess("correct-horse-battery", "10.0.0.1");
  EXPECT_EQ(slowed->status, 429);
  EXPECT_NE(slowed->field("retry-after"), "");
  EXPECT_EQ(guess("correct-horse-battery", "10.0.0.2")->status, 200);
  EXPECT_EQ(get("/api/meta", {{"X-Forwarded-For", "10.0.0.1"}, {"Cookie", cookie.substr(0, cookie.find(';'))}})->status,
            200);
}

TEST_F(ServerTest, BeyondLoopbackATokenIsNeeded) {
  const auto refused = Server::start({.listen = "0.0.0.0:0"}, marts_, nullptr);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::bad_config);
  EXPECT_TRUE(Server::start({.listen = "0.0.0.0:0", .token = "correct-horse-battery"}, marts_, nullptr).ok());
  EXPECT_FALSE(Server::start({.listen = "127.0.0.1:0", .token = "a;b"}, marts_, nullptr).ok())
      << "would not survive a cookie";
}

TEST_F(ServerTest, WrongParametersAreTheViewersFault) {
  publish(published_, 1);
  start();
  const auto answer = get("/api/kpis?range=8d");
  EXPECT_EQ(answer->status, 400);
  EXPECT_NE(answer->body.find("\"cure\""), std::string::npos);
  EXPECT_EQ(get("/api/nope")->status, 404);
  EXPECT_EQ(get("/api/../../etc/passwd")->status, 404);
}

TEST_F(ServerTest, CsvIsADownload) {
  publish(published_, 2);
  start();
  const auto csv = get("/api/campaigns?format=csv");
  EXPECT_EQ(csv->field("content-disposition"), "attachment; filename=\"rcml-campaigns-2025-08-24-2025-08-24.csv\"");
  EXPECT_EQ(csv->body.substr(0, 18), "\xEF\xBB\xBF\"utm_campaign\",");
}

TEST_F(ServerTest, LargeAnswersAreCompressedOnce) {
  publish(published_, 60);
  start();
  const auto packed = get("/api/campaigns", {{"Accept-Encoding", "gzip, br"}});
  EXPECT_EQ(packed->field("content-encoding"), "gzip");
  EXPECT_EQ(packed->body.substr(0, 2), "\x1f\x8b");
  EXPECT_GT(get("/api/campaigns")->body.size(), packed->body.size() * 3);
}

TEST_F(ServerTest, WhoTakesNoGzipGetsThePagePlain) {
  start();
  for (const auto& [path, needle] : {std::pair{"/", "<html"}, {"/echarts.min.js", "echarts"}}) {
    const auto plain = get(path);
    ASSERT_EQ(plain->status, 200) << path;
    EXPECT_EQ(plain->field("content-encoding"), "") << path;
    EXPECT_NE(plain->body.find(needle), std::string::npos) << path;
    const auto packed = get(path, {{"Accept-Encoding", "gzip"}});
    EXPECT_EQ(packed->field("content-encoding"), "gzip") << path;
    EXPECT_EQ(http::gunzip(packed->body), plain->body) << path;
    EXPECT_EQ(get(path, {{"Accept-Encoding", "gzip;q=0, identity"}})->field("content-encoding"), "") << path;
  }
}

TEST_F(ServerTest, ABrokenCopyIsAnErrorWithACureAndThePageComesBack) {
  { std::ofstream(published_) << "not a database"; }
  start();
  const auto broken = get("/api/meta");
  EXPECT_EQ(broken->status, 503);
  EXPECT_NE(broken->body.find("rcml transform"), std::string::npos);
  publish(published_, 1);
  EXPECT_EQ(get_with("\"is_published\":true", "/api/meta")->status, 200);
}

// The file has text, the page counts numbers: both must find the same visitors, with and without choices, null left out.
TEST_F(ServerTest, VisitorsCountedByNumberAreThoseCountedByName) {
  {
    const auto database = *DuckdbDatabase::open(published_, {});
    ASSERT_TRUE(database->run({"create schema marts", {}}).ok());
    ASSERT_TRUE(
        database
            ->run(
                {"create table marts.fct_sessions as select case when n % 11 > 0 then 'v' || (n * 7919 % 1500) end as visitor_id, "
                 "date '2025-08-24' - cast(n % 80 as integer) as session_date, n % 13 = 0 as is_bot, "
                 "['a', 'b', null][1 + n % 3] as device, 'c' || (n % 5) as utm_campaign from range(5000) r(n)",
                 {}})
            .ok());
  }
  start();
  const auto database = *DuckdbDatabase::open(published_, {{"access_mode", "READ_ONLY"}});
  const auto check = [&](const std::string& choice, const std::string& condition) {
    const auto counted = database->run(
        {"select cast(count(distinct visitor_id) as bigint) from marts.fct_sessions where session_date between '2025-07-26' and '2025-08-24' and " +
             condition,
         {}});
    const std::string expected =
        "{\"period\":\"current\",\"visitors\":" + std::to_string(std::get<int64_t>(counted->rows.at(0).at(0))) + "}";
    EXPECT_NE(get("/api/unique_visitors?" + choice)->body.find(expected), std::string::npos)
        << choice << ": " << expected << " in " << get("/api/unique_visitors?" + choice)->body;
  };
  check("range=30d", "not is_bot");
  check("range=30d&bots=include", "true");
  check("range=30d&device=a&device=", "not is_bot and (device = 'a' or device is null)");
  check("range=30d&campaign=c1&device=b&bots=only", "is_bot and device = 'b' and utm_campaign = 'c1'");
}

// Readers go on with the copy they began with while others are published over it.
TEST_F(ServerTest, PublishingUnderLoadBreaksNoRequest) {
  publish(published_, 1);
  start();
  std::atomic<bool> is_done = false;
  std::atomic<int> failed = 0;
  std::atomic<int> asked = 0;
  std::vector<std::thread> viewers;
  for (int viewer = 0; viewer < 8; ++viewer) {
    viewers.emplace_back([&, viewer] {
      Client client(static_cast<uint16_t>(server_->port()));
      for (int turn = 0; !is_done; ++turn) {
        const auto answer = client.get("/api/kpis?q=" + std::to_string(viewer * 1000 + turn));
        ++asked;
        if (!answer || answer->status != 200) ++failed;
      }
    });
  }
  for (int round = 2; round < 8; ++round) publish(published_, round);
  is_done = true;
  for (auto& viewer : viewers) viewer.join();
  EXPECT_GT(asked, 8);
  EXPECT_EQ(failed, 0);
}

TEST(AssetsTest, ThePageAsksNobodyElse) {
  ASSERT_NE(find_asset("/index.html"), nullptr);
  ASSERT_NE(find_asset("/echarts.min.js"), nullptr);
  EXPECT_EQ(find_asset("/echarts.min.js")->gzip_bytes.substr(0, 2), "\x1f\x8b");
}

}  // namespace
}  // namespace rcml::dashboard
