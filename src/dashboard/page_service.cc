#include "dashboard/page_service.h"

#include <atomic>

#include "core/clock.h"
#include "core/log.h"
#include "dashboard/json.h"
#include "http/form.h"
#include "http/gzip.h"
#include "http/text.h"

namespace rcml::dashboard {
namespace {

using http::Request;
using http::Response;

constexpr std::string_view kApi = "/api/";
constexpr size_t kFormBytesMax = 4096;
constexpr int kRetrySeconds = 2;

bool is_read(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

// The sign-in form sends to the address it was shown at, so that what it names is shown afterwards.
bool is_sign_in(const Request& request) {
  return request.method == "POST" && (request.path == "/" || request.path == "/login");
}

bool is_form(const Request& request) {
  return is_sign_in(request) || (request.method == "POST" && request.path == "/logout");
}

// What the sign-in page is made of, and what a probe asks: shown without a token.
bool is_public(const Request& request) {
  return is_form(request) || request.path == "/healthz" || request.path == "/login" || request.path == "/logout" ||
         request.path == "/style.css" || request.path == "/icon.svg";
}

// Another web site's page asks, not the viewer: browsers say so (Fetch Metadata). Following a link is allowed.
bool is_from_another_site(const Request& request) {
  return request.field("Sec-Fetch-Site") == "cross-site" && request.field("Sec-Fetch-Mode") != "navigate";
}

// A form that another origin's page sends. Browsers that know Fetch Metadata say so; for the others Origin must name our
// host, which a proxy in front may have replaced.
bool is_foreign_form(const Request& request) {
  const std::string_view site = request.field("Sec-Fetch-Site");
  if (!site.empty()) return site != "same-origin" && site != "none";
  const std::string_view origin = request.field("Origin");
  const size_t scheme_end = origin.find("://");
  return !origin.empty() && (scheme_end == std::string_view::npos || origin.substr(scheme_end + 3) != request.host);
}

// The query without `token`: where a viewer who has signed in is sent.
std::string home_of(const Request& request) {
  std::string kept;
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const std::string_view pair = http::take_until(rest, '&');
    const bool is_token = http::parse_form(pair)->contains("token");  // Its name may be written in escapes.
    if (!pair.empty() && !is_token) kept.append(kept.empty() ? "/?" : "&").append(pair);
  }
  return kept.empty() ? "/" : kept;
}

std::string link_token(const Request& request) {
  const auto params = request.path == "/" ? http::parse_form(request.query) : std::nullopt;
  const auto it = params ? params->find("token") : http::Params::const_iterator();
  return params && it != params->end() ? it->second : std::string();
}

Response error_response(int status, const Error& error) {
  Response response = http::text_response(
      status, "{\"error\":" + JsonObject().text("message", error.message).text("cure", error.cure).take() + "}");
  response.content_type = "application/json; charset=utf-8";
  return response;
}

Response answer_response(const AnswerPtr& answer) {
  Response response;
  response.content_type = answer->content_type;
  response.body = answer->body;
  response.gzip_body = answer->gzip_body;
  response.owner = answer;
  response.etag = answer->etag;
  response.fields.emplace_back("Cache-Control", "private, no-cache");  // Keep it, but ask before each use.
  if (!answer->file_name.empty())
    response.fields.emplace_back("Content-Disposition", "attachment; filename=\"" + answer->file_name + '"');
  return response;
}

// At most one line a second: a storm of questions must not fill the disk with lines about itself.
void log_failure(const std::string& name, const Error& error) {
  static std::atomic<int64_t> next_us = 0;
  const int64_t now = monotonic_now().value;
  int64_t due = next_us.load();
  if (now >= due && next_us.compare_exchange_strong(due, now + kMicrosPerSecond))
    log_warn("request failed", {{"name", name}, {"reason", error.text()}});
}

Response api_response(const std::string& name, const Outcome& outcome) {
  const Result<AnswerPtr>& answer = outcome.answer;
  if (answer.ok() && *answer) return answer_response(*answer);
  if (answer.ok())
    return error_response(
        404, bad_config("there is no /api/" + name, name == "live" || name == "lake"
                                                        ? "Start the page with --lake URL"
                                                        : "docs/operations/dashboard.md lists what there is"));
  const bool is_viewers_fault = answer.error().kind == ErrorKind::bad_config;
  if (!is_viewers_fault) log_failure(name, answer.error());
  Response response = error_response(is_viewers_fault ? 400 : 503, answer.error());
  // Only where another try soon can end differently: the page tries again by itself.
  if (outcome.is_busy) response.fields.emplace_back("Retry-After", std::to_string(kRetrySeconds));
  return response;
}

Response slowed_response(int seconds) {
  Response response = http::text_response(429, "Too many wrong tokens came from your address. Wait a minute\n");
  response.fields.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

Response redirect_to(const std::string& address) {
  Response response = http::text_response(303, "");
  response.fields.emplace_back("Location", address);
  return response;
}

}  // namespace

std::string page_fields() {
  // Browsers send "Origin: null" with a form where the policy is no-referrer, hence same-origin.
  // Nothing inline and nothing from elsewhere: a page name that got into the markup by a bug of ours still could not run.
  return "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
         "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n"
         "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: same-origin\r\n"
         "Cross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\n"
         "Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n";
}

http::Admission PageService::admit(const Request& head) {
  http::Admission admission;
  admission.refusal = refusal(head);
  admission.body_bytes_max = is_form(head) ? kFormBytesMax : 0;
  return admission;
}

std::optional<Response> PageService::refusal(const Request& head) {
  if (!head.host.empty() && !rules_.hosts.allows(*http::parse_host(head.host)))
    return http::text_response(421,
                               "This server does not answer for that host name. Cure: open it as localhost or by its "
                               "address, or start it with --allow-host NAME\n");
  if (is_from_another_site(head) || (is_form(head) && is_foreign_form(head)))
    return http::text_response(
        403,
        "Requests from other web sites are refused. Cure: open the page itself; behind a proxy, let "
        "it pass the Host header on\n");
  if (!is_read(head) && !(is_form(head) && access_.needs_token())) {
    Response response = http::text_response(405, "This page only reads: GET or HEAD\n");
    response.fields.emplace_back("Allow", "GET, HEAD");
    response.closes = true;
    return response;
  }
  return is_public(head) ? std::nullopt : refuse_stranger(head);
}

std::optional<Response> PageService::refuse_stranger(const Request& head) {
  if (!link_token(head).empty() && access_.needs_token()) return std::nullopt;  // answer() looks at it.
  const Verdict verdict = access_.check(
      {head.field("Authorization"), head.field("Cookie"), rules_.proxies.client_address(head)}, monotonic_now());
  if (verdict.is_granted) return std::nullopt;
  if (verdict.wait_seconds > 0) return slowed_response(verdict.wait_seconds);
  if (head.path != "/") {
    Response response = error_response(
        401, bad_config("a token is needed", "Open /login, or send the header Authorization: Bearer TOKEN"));
    response.fields.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  Response response = asset_response(*find_asset("/login.html"));
  response.status = 401;
  response.fields.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

void PageService::answer(Request& request, http::Reply reply) {
  if (request.path == "/healthz") return reply(http::text_response(200, "ok\n"));
  if (request.path.starts_with(kApi)) return answer_api(request, std::move(reply));
  if (request.path == "/logout" && request.method == "POST") return reply(sign_out(request));
  if (is_sign_in(request)) {
    const auto form = http::parse_form(request.body);
    const auto token = form ? form->find("token") : http::Params::const_iterator();
    return reply(sign_in(request, form && token != form->end() ? token->second : ""));
  }
  if (const std::string token = link_token(request); !token.empty() && access_.needs_token())
    return reply(sign_in(request, token));
  const bool is_login = request.path == "/login" || request.path == "/logout";
  if (is_login && !access_.needs_token()) return reply(redirect_to("/"));
  const Asset* asset = find_asset(request.path == "/" ? "/index.html" : is_login ? "/login.html" : request.path);
  if (asset == nullptr) return reply(http::text_response(404, "There is no such page. Start at /\n"));
  reply(asset_response(*asset));
}

void PageService::answer_api(const Request& request, http::Reply reply) {
  const std::string name(request.path.substr(kApi.size()));
  const auto params = http::parse_form(request.query);
  if (!params)
    return reply(error_response(400, bad_config("there are too many parameters", "A question has at most 128")));
  api_.answer(name, *params, [name, reply = std::make_shared<http::Reply>(std::move(reply))](const auto& answer) {
    (*reply)(api_response(name, answer));
  });
}

Response PageService::asset_response(const Asset& asset) {
  std::shared_ptr<const std::string>& plain = plain_assets_[&asset];
  if (!plain) plain = std::make_shared<const std::string>(http::gunzip(asset.gzip_bytes));
  Response response;
  response.content_type = asset.content_type;
  response.body = *plain;
  response.gzip_body = asset.gzip_bytes;
  response.etag = asset.etag;
  response.fields.emplace_back("Cache-Control", "no-cache");
  return response;
}

Response PageService::sign_in(const Request& request, std::string_view token) {
  const Verdict verdict = access_.check_token(token, rules_.proxies.client_address(request), monotonic_now());
  if (verdict.wait_seconds > 0) return slowed_response(verdict.wait_seconds);
  if (!verdict.is_granted) return wrong_token_response();
  Response response = redirect_to(home_of(request));
  response.fields.emplace_back("Set-Cookie",
                               session_cookie(request, access_.open_session(monotonic_now()), kSessionSeconds));
  return response;
}

Response PageService::wrong_token_response() {
  constexpr std::string_view kPlace = "<!--problem-->";
  std::string page(asset_response(*find_asset("/login.html")).body);
  page.replace(page.find(kPlace), kPlace.size(), "<p class=\"problem\" role=\"alert\">That is not the token.</p>");
  Response response = http::text_response(401, std::move(page));
  response.content_type = "text/html; charset=utf-8";
  return response;
}

Response PageService::sign_out(const Request& request) {
  access_.close_session(request.field("Cookie"));
  Response response = redirect_to("/");
  response.fields.emplace_back("Set-Cookie", session_cookie(request, "", 0));
  return response;
}

std::string PageService::session_cookie(const Request& request, std::string_view id, int64_t seconds) const {
  const bool is_secure = rules_.has_secure_cookie || rules_.proxies.is_https(request);
  return std::string(kSessionCookie) + '=' + std::string(id) +
         "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(seconds) + (is_secure ? "; Secure" : "");
}

}  // namespace rcml::dashboard
