#include "dashboard/server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <thread>

#include "core/log.h"
#include "dashboard/api.h"
#include "dashboard/assets.h"
#include "dashboard/gzip.h"
#include "dashboard/json.h"
#include "dashboard/request_guard.h"

namespace rcml::dashboard {
namespace {

// A browser keeps up to six connections open and each occupies a thread until it is idle for kIdleSeconds: fifty viewers
// at once are three hundred. With fewer threads their requests wait for others' idle connections, seconds at a time.
// A waiting thread costs a few kilobytes.
constexpr size_t kThreadCount = 512;
constexpr int kIdleSeconds = 2;
constexpr int kReadSeconds = 5;
constexpr int kAcceptBacklog = 512;
constexpr size_t kRequestsPerConnectionMax = 10'000;

// Nothing inline and nothing from elsewhere: a page name that got into the markup by a bug of ours still could not run.
constexpr char kContentPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

httplib::Headers safe_headers() {
  return {{"Content-Security-Policy", kContentPolicy},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"}};
}

void write_error(httplib::Response& response, int status, const Error& error) {
  response.status = status;
  response.set_header("Cache-Control", "no-store");
  std::string cause;
  for (const auto& [name, text] :
       {std::pair<std::string, std::string>{"message", error.message}, {"cure", error.cure}}) {
    cause += cause.empty() ? "" : ",";
    cause += '"' + name + "\":";
    append_json_text(cause, text);
  }
  response.set_content("{\"error\":{" + cause + "}}", "application/json; charset=utf-8");
}

void write_text(httplib::Response& response, int status, const std::string& text) {
  response.status = status;
  response.set_header("Cache-Control", "no-store");
  response.set_content(text, "text/plain; charset=utf-8");
}

// `bytes` live as long as `owner`. A content provider, because the library would compress a plain body once more.
void write_bytes(httplib::Response& response, std::string_view bytes, const std::string& type,
                 std::shared_ptr<const void> owner) {
  response.status = 200;
  response.set_content_provider(
      bytes.size(), type, [bytes, owner = std::move(owner)](size_t offset, size_t length, httplib::DataSink& sink) {
        return sink.write(bytes.data() + offset, length);
      });
}

bool takes_gzip(const httplib::Request& request) { return accepts_gzip(request.get_header_value("Accept-Encoding")); }

bool has_already(const httplib::Request& request, std::string_view etag) {
  return request.get_header_value("If-None-Match").find(etag) != std::string::npos;
}

// True when the viewer's copy is still right and the answer is written.
bool write_unchanged(const httplib::Request& request, httplib::Response& response, std::string_view etag) {
  response.set_header("ETag", std::string(etag));
  response.set_header("Cache-Control", "no-cache");  // Keep it, but ask before each use.
  response.set_header("Vary", "Accept-Encoding");
  if (!has_already(request, etag)) return false;
  response.status = 304;
  return true;
}

void write_answer(const httplib::Request& request, httplib::Response& response, const AnswerPtr& answer) {
  if (!answer->file_name.empty())
    response.set_header("Content-Disposition", "attachment; filename=\"" + answer->file_name + '"');
  if (write_unchanged(request, response, answer->etag)) return;
  const bool compressed = !answer->gzip_body.empty() && takes_gzip(request);
  if (compressed) response.set_header("Content-Encoding", "gzip");
  write_bytes(response, compressed ? answer->gzip_body : answer->body, answer->content_type, answer);
}

void write_asset(const httplib::Request& request, httplib::Response& response, const Asset& asset) {
  if (write_unchanged(request, response, asset.etag)) return;
  const std::string type(asset.content_type);
  if (takes_gzip(request)) {
    response.set_header("Content-Encoding", "gzip");
    return write_bytes(response, asset.gzip_bytes, type, nullptr);
  }
  const auto plain = std::make_shared<const std::string>(gunzip(asset.gzip_bytes));
  write_bytes(response, *plain, type, plain);
}

int status_of(ErrorKind kind) { return kind == ErrorKind::bad_config ? 400 : 503; }

bool has_body(const httplib::Request& request) {
  const std::string length = request.get_header_value("Content-Length");
  return request.has_header("Transfer-Encoding") || (!length.empty() && length != "0");
}

}  // namespace

struct Server::State {
  State(ServerOptions server_options, ListenAddress listen_address, RequestGuard request_guard, MartReader& marts,
        std::unique_ptr<LiveReader> live)
      : options(std::move(server_options)),
        address(std::move(listen_address)),
        guard(std::move(request_guard)),
        api(marts, std::move(live), options.audit_path, options.cache_bytes_max) {}

  ServerOptions options;
  ListenAddress address;
  RequestGuard guard;
  Api api;
  httplib::Server http;
  std::thread thread;

  void handle(const httplib::Request& request, httplib::Response& response);
  bool is_refused(const httplib::Request& request, httplib::Response& response) const;
  bool is_logged_in_by_link(const httplib::Request& request, httplib::Response& response) const;
  void handle_api(const httplib::Request& request, httplib::Response& response, const std::string& name);
  Status listen();
};

// Method, body, host, token: everything that ends a request before it is looked at.
bool Server::State::is_refused(const httplib::Request& request, httplib::Response& response) const {
  if (request.method != "GET" && request.method != "HEAD") {
    response.set_header("Allow", "GET, HEAD");
    response.set_header("Connection", "close");
    write_text(response, 405, "This page only reads: GET or HEAD\n");
    return true;
  }
  if (has_body(request)) {
    response.set_header("Connection", "close");
    write_text(response, 400, "A request to this page has no body\n");
    return true;
  }
  if (!guard.is_host_allowed(request.get_header_value("Host"))) {
    write_text(
        response, 421,
        "This server does not answer for that host name. Cure: open it as localhost, or start it with --allow-host NAME\n");
    return true;
  }
  if (guard.is_authorized(request.get_header_value("Authorization"), request.get_header_value("Cookie"))) return false;
  response.set_header("WWW-Authenticate", "Bearer");
  write_text(response, 401,
             "A token is needed. Open /?token=TOKEN once with the token that `rcml dashboard` was started with\n");
  return true;
}

// "/?token=TOKEN" puts the token into a cookie and out of the address.
bool Server::State::is_logged_in_by_link(const httplib::Request& request, httplib::Response& response) const {
  if (!guard.needs_token() || request.path != "/" || !request.has_param("token") ||
      !guard.is_host_allowed(request.get_header_value("Host")))
    return false;
  if (!guard.is_token(request.get_param_value("token"))) return false;
  response.set_header("Set-Cookie", std::string(kTokenCookie) + '=' + options.token +
                                        "; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000");
  response.set_header("Cache-Control", "no-store");
  response.set_redirect("/", 303);
  return true;
}

void Server::State::handle_api(const httplib::Request& request, httplib::Response& response, const std::string& name) {
  const auto answer = api.answer(name, request.params);
  if (!answer.ok()) {
    if (answer.error().kind != ErrorKind::bad_config)
      log_warn("request failed", {{"path", request.path}, {"reason", answer.error().text()}});
    return write_error(response, status_of(answer.error().kind), answer.error());
  }
  if (*answer == nullptr)
    return write_error(response, 404,
                       bad_config("there is no /api/" + name, "docs/operations/dashboard.md lists what there is"));
  write_answer(request, response, *answer);
}

void Server::State::handle(const httplib::Request& request, httplib::Response& response) {
  constexpr std::string_view kApi = "/api/";
  if (request.path == "/healthz") return write_text(response, 200, "ok\n");
  if (is_logged_in_by_link(request, response) || is_refused(request, response)) return;
  if (request.path.starts_with(kApi)) return handle_api(request, response, request.path.substr(kApi.size()));
  const Asset* asset = find_asset(request.path == "/" ? "/index.html" : request.path);
  if (asset == nullptr) return write_text(response, 404, "There is no such page. Start at /\n");
  write_asset(request, response, *asset);
}

Status Server::State::listen() {
  int listening = -1;
  http.set_socket_options([&listening](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    listening = socket;
  });
  if (address.port == 0) {
    address.port = http.bind_to_any_port(address.host);
  } else if (!http.bind_to_port(address.host, address.port)) {
    address.port = -1;
  }
  if (address.port <= 0)
    return unavailable("cannot listen on " + options.listen,
                       "Is another program on that port? Try --listen 127.0.0.1:0 for any free one");
  // The library listens with a backlog of five: a burst of viewers would wait a second for the kernel to try again.
  if (::listen(listening, kAcceptBacklog) != 0) return os_error("listen on", options.listen);
  thread = std::thread([this] { http.listen_after_bind(); });
  // The library forgets a stop() that comes before it runs: whoever stopped us at once would wait forever.
  while (!http.is_running()) std::this_thread::yield();
  return {};
}

// A token travels in a cookie and a header: letters, digits and - . _ ~ only, and long enough not to be guessed.
static Status check_token(const std::string& token) {
  constexpr size_t kTokenBytesMin = 12;
  const bool is_plain = std::all_of(token.begin(), token.end(), [](unsigned char byte) {
    return std::isalnum(byte) != 0 || byte == '-' || byte == '.' || byte == '_' || byte == '~';
  });
  if (token.empty() || (is_plain && token.size() >= kTokenBytesMin)) return {};
  return bad_config("the token is too short or has other characters than letters, digits and - . _ ~",
                    "Try --token \"$(openssl rand -hex 16)\"");
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, MartReader& marts, LakeFeed* feed) {
  RCML_TRY(ListenAddress address, parse_listen(options.listen));
  RCML_OK(check_token(options.token));
  const bool loopback = is_loopback(address.host);
  if (!loopback && options.token.empty() && !options.allows_remote) {
    return bad_config(
        "listening on " + options.listen + " would show the shop's numbers to the network",
        "Give --token SECRET, or --allow-remote if something in front of it checks who asks, or listen on 127.0.0.1");
  }
  std::unique_ptr<LiveReader> live;
  if (feed != nullptr) {
    RCML_TRY(live, LiveReader::create(*feed));
  }
  RequestGuard guard(options.hosts, options.token, loopback);
  auto state =
      std::make_unique<State>(std::move(options), std::move(address), std::move(guard), marts, std::move(live));
  state->http.new_task_queue = [] { return new httplib::ThreadPool(kThreadCount); };
  state->http.set_tcp_nodelay(true);
  state->http.set_keep_alive_timeout(kIdleSeconds);
  state->http.set_keep_alive_max_count(kRequestsPerConnectionMax);
  state->http.set_read_timeout(kReadSeconds);
  state->http.set_payload_max_length(0);
  state->http.set_default_headers(safe_headers());
  state->http.set_pre_routing_handler(
      [raw = state.get()](const httplib::Request& request, httplib::Response& response) {
        raw->handle(request, response);
        return httplib::Server::HandlerResponse::Handled;
      });
  RCML_OK(state->listen());
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

int Server::port() const { return state_->address.port; }

std::string Server::url() const {
  const std::string& host = state_->address.host;
  return "http://" + (host.find(':') == std::string::npos ? host : '[' + host + ']') + ':' + std::to_string(port()) +
         '/';
}

void Server::stop() {
  if (!state_->thread.joinable()) return;
  state_->http.stop();
  state_->thread.join();
}

}  // namespace rcml::dashboard
