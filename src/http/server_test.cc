#include "http/server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "http/testing/client.h"

namespace rcml::http {
namespace {

using testing::Client;
using Clock = std::chrono::steady_clock;

constexpr size_t kEchoBytesMax = 100;
const std::string kBig(4 << 20, 'x');

// "/" answers at once, "/later" from another thread, "/never" not at all, "/big" with 4 MiB; POST /echo returns its body.
class TestService : public Service {
 public:
  ~TestService() override {
    for (auto& thread : threads_) thread.join();
  }
  Admission admit(const Request& head) override {
    Admission admission;
    if (head.method != "GET" && head.method != "HEAD" && head.path != "/echo")
      admission.refusal = text_response(405, "no\n");
    if (head.method == "POST") admission.body_bytes_max = kEchoBytesMax;
    return admission;
  }
  void answer(Request& request, Reply reply) override {
    if (request.path == "/later") return answer_later(std::move(reply));
    if (request.path == "/never") return kept_.push_back(std::move(reply));
    if (request.path == "/dropped") return;
    if (request.path == "/big") return reply(big());
    if (request.path == "/echo") return reply(text_response(200, request.body));
    Response response = text_response(
        200, std::string(request.path) + '?' + std::string(request.query) + ' ' + std::string(request.peer));
    response.etag = "\"v1\"";
    reply(std::move(response));
  }

 private:
  void answer_later(Reply reply) {
    threads_.emplace_back([reply = std::make_shared<Reply>(std::move(reply))] {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      (*reply)(text_response(200, "later"));
    });
  }
  static Response big() {
    Response response;
    response.body = kBig;
    response.owner = std::make_shared<int>(0);  // A body of its own each time.
    return response;
  }
  std::vector<std::thread> threads_;
  std::vector<Reply> kept_;
};

class ServerTest : public ::testing::Test {
 protected:
  void start(ServerLimits limits = {}) {
    ServerOptions options;
    options.listen = {"127.0.0.1", 0};
    options.common_fields = "X-Common: yes\r\n";
    options.limits = limits;
    auto started = Server::start(std::move(options), service_);
    ASSERT_TRUE(started.ok()) << started.error().text();
    server_ = *std::move(started);
  }
  std::string raw(std::string_view bytes, int ms = 5000) {
    Client client(server_->port());
    EXPECT_TRUE(client.send(bytes));
    return client.read_to_end(ms).value_or("(still open)");
  }
  bool is_served() { return Client(server_->port()).get("/")->status == 200; }

  TestService service_;
  std::unique_ptr<Server> server_;
};

size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_F(ServerTest, RequestsOnOneConnectionAreAnsweredOneByOne) {
  start();
  Client client(server_->port());
  for (int turn = 0; turn < 3; ++turn) {
    const auto answer = client.get("/a?b=" + std::to_string(turn));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "/a?b=" + std::to_string(turn) + " 127.0.0.1");
    EXPECT_EQ(answer->field("x-common"), "yes");
  }
  EXPECT_EQ(server_->connection_count(), 1U);
}

TEST_F(ServerTest, HeadHasTheLengthAndNoBody) {
  start();
  Client client(server_->port());
  const auto head = client.request("HEAD", "/");
  EXPECT_EQ(head->field("content-length"), "12");
  EXPECT_EQ(client.get("/")->body, "/? 127.0.0.1") << "nothing of the first answer is left on the connection";
}

TEST_F(ServerTest, AnUnchangedAnswerIs304) {
  start();
  EXPECT_EQ(Client(server_->port()).get("/", {{"If-None-Match", "\"v1\""}})->status, 304);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrderEachOnce) {
  start();
  Client client(server_->port());
  std::string requests;
  for (int number = 0; number < 50; ++number)
    requests +=
        (number % 10 == 5 ? "GET /later" : "GET /" + std::to_string(number)) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_TRUE(client.send(requests));
  for (int number = 0; number < 50; ++number) {
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer) << number;
    EXPECT_EQ(answer->body, number % 10 == 5 ? "later" : '/' + std::to_string(number) + "? 127.0.0.1");
  }
}

TEST_F(ServerTest, ABodyIsTakenWhereItIsAdmittedAndOnlyThere) {
  start();
  Client client(server_->port());
  EXPECT_EQ(client.request("POST", "/echo", {}, "hello")->body, "hello");
  EXPECT_EQ(client.request("POST", "/echo", {}, std::string(kEchoBytesMax + 1, 'x'))->status, 413);
  EXPECT_EQ(client.request("GET", "/", {}, "hello")->status, 400);
  EXPECT_EQ(client.request("PUT", "/", {}, "hello")->status, 405);
}

TEST_F(ServerTest, AClientThatWaitsForContinueGetsIt) {
  start();
  Client client(server_->port());
  ASSERT_TRUE(
      client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.read_answer()->status, 100);
  ASSERT_TRUE(client.send("hello"));
  EXPECT_EQ(client.read_answer()->body, "hello");
}

// Each of these carries a second request that a careless reader would answer.
TEST_F(ServerTest, OneRequestGetsOneAnswerWhateverItsForm) {
  start();
  const std::string second = "GET /second HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string length = std::to_string(second.size());
  const std::vector<std::string> heads{
      "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n",
      "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: \x0b"
      "chunked\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0, 0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\nX: a\r\n\r\n",
      "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: localhost\r\n\r\n",
      "GET /\r\n\r\n",
      "\r\n\r\n"};
  for (const std::string& head : heads) {
    const std::string answers = raw(head + second);
    EXPECT_EQ(count_of(answers, "Date: "), 1U) << head << answers;
    EXPECT_EQ(answers.find("HTTP/1.1 4"), 0U) << head << answers;
    EXPECT_NE(answers.find("Connection: close"), std::string::npos) << head << answers;
  }
}

TEST_F(ServerTest, RangesAreNotServed) {
  start();
  Client client(server_->port());
  for (const auto* range : {"bytes=0-1", "bytes=1000000-3000000", "bytes=-5", "bytes=0-0,2-3"}) {
    const auto answer = client.get("/", {{"Range", range}});
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "/? 127.0.0.1");
  }
}

TEST_F(ServerTest, AHeadHasABound) {
  start();
  EXPECT_EQ(raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(64 << 10, 'x')).find("HTTP/1.1 431"), 0U);
  EXPECT_EQ(raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(16'000, 'x') + "\r\nConnection: close\r\n\r\n")
                .find("HTTP/1.1 200"),
            0U);
}

TEST_F(ServerTest, ASlowHeadEndsAtItsTimeHoweverItTrickles) {
  start({.head_max = Millis(300)});
  Client slow(server_->port());
  const auto began = Clock::now();
  bool is_open = slow.send("GET / HTTP/1.1\r\n");
  while (is_open && Clock::now() - began < std::chrono::seconds(5)) {
    is_open = slow.send("x");
    if (slow.read_to_end(20)) break;
  }
  EXPECT_LT(Clock::now() - began, std::chrono::seconds(2));
  EXPECT_TRUE(is_served());
}

TEST_F(ServerTest, IdleConnectionsAreClosed) {
  start({.idle_max = Millis(200), .kept_max = Millis(400)});
  Client silent(server_->port());
  ASSERT_TRUE(silent.open());
  EXPECT_EQ(silent.read_to_end(3000), "");
  Client kept(server_->port());
  ASSERT_EQ(kept.get("/")->status, 200);
  EXPECT_EQ(kept.read_to_end(3000), "");
}

TEST_F(ServerTest, AProbeByHttp10IsAnsweredWithoutAHost) {
  start();
  const std::string answer = raw("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answer.find("HTTP/1.1 200"), 0U) << answer;
}

TEST_F(ServerTest, ARefusedHeadRequestGetsNoBody) {
  start();
  for (const auto* field : {"Transfer-Encoding: chunked", "Content-Length: x", "Host: second"}) {
    const std::string answer = raw("HEAD / HTTP/1.1\r\nHost: localhost\r\n" + std::string(field) + "\r\n\r\n");
    EXPECT_EQ(answer.find("HTTP/1.1 4"), 0U) << field;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
  }
}

TEST_F(ServerTest, AReaderThatStallsIsClosed) {
  start({.write_max = Millis(200), .write_bytes_per_second_min = 1 << 30});
  Client stalled(server_->port());
  ASSERT_TRUE(stalled.send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  for (int turn = 0; turn < 100 && server_->connection_count() > 0; ++turn)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(ServerTest, BeyondTheBoundTheOneLongestWithoutAnAnswerIsClosed) {
  start({.connections_max = 4});
  std::vector<std::unique_ptr<Client>> clients;
  for (int index = 0; index < 4; ++index) {
    clients.push_back(std::make_unique<Client>(server_->port()));
    ASSERT_EQ(clients.back()->get("/")->status, 200);
  }
  ASSERT_EQ(clients[0]->get("/")->status, 200);  // The first is now the one that answered last.
  Client fifth(server_->port());
  ASSERT_EQ(fifth.get("/")->status, 200);
  EXPECT_EQ(clients[1]->read_to_end(3000), "");
  EXPECT_FALSE(clients[0]->read_to_end(50)) << "still open";
}

TEST_F(ServerTest, BytesBeingSentAreBounded) {
  start({.sending_bytes_max = 10 << 20});
  Client idle(server_->port());
  ASSERT_EQ(idle.get("/")->status, 200);
  std::vector<std::unique_ptr<Client>> stalled;
  for (int index = 0; index < 8; ++index) {
    stalled.push_back(std::make_unique<Client>(server_->port()));
    ASSERT_TRUE(stalled.back()->send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_LE(server_->connection_count(), 4U);
  EXPECT_TRUE(is_served());
  EXPECT_FALSE(idle.read_to_end(50)) << "who sends nothing is not closed for it";
}

TEST_F(ServerTest, AnAnswerThatDoesNotComeBecomes503) {
  start({.answer_max = Millis(200)});
  EXPECT_EQ(Client(server_->port()).get("/never")->status, 503);
  EXPECT_EQ(Client(server_->port()).get("/dropped")->status, 503);
}

TEST_F(ServerTest, AStopWaitsForAnswersUnderWayButNotForClients) {
  start({.answer_max = Millis(60'000), .stop_max = Millis(1'000)});
  Client later(server_->port());
  Client never(server_->port());
  Client idle(server_->port());
  Client slow(server_->port());
  Client stalled(server_->port());
  ASSERT_TRUE(idle.open() && slow.send("GET / HT"));
  ASSERT_TRUE(never.send("GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  ASSERT_TRUE(stalled.send("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  ASSERT_TRUE(later.send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const auto began = Clock::now();
  server_->stop();
  EXPECT_LT(Clock::now() - began, std::chrono::milliseconds(2'500));
  const auto answer = later.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->field("connection"), "close");
  EXPECT_FALSE(Client(server_->port()).open());
}

TEST_F(ServerTest, AStopWithoutWorkIsQuick) {
  start();
  ASSERT_TRUE(is_served());
  const auto began = Clock::now();
  server_->stop();
  EXPECT_LT(Clock::now() - began, std::chrono::milliseconds(ServerLimits().stop_max.value)) << "nothing to wait for";
}

TEST_F(ServerTest, APortThatIsTakenIsNamed) {
  start();
  ServerOptions options;
  options.listen = {"127.0.0.1", server_->port()};
  const auto second = Server::start(std::move(options), service_);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find(std::to_string(server_->port())), std::string::npos);
}

}  // namespace
}  // namespace rcml::http
