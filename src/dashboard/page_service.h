// dashboard/page_service.h: what the page answers: its files, its API, signing in and out, and to whom.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "dashboard/access.h"
#include "dashboard/api.h"
#include "dashboard/assets.h"
#include "http/proxy.h"
#include "http/server.h"

namespace rcml::dashboard {

struct PageRules {
  http::HostRule hosts;
  http::TrustedProxies proxies;
  bool has_secure_cookie = false;  // The session cookie travels by TLS only.
};

class PageService : public http::Service {
 public:
  // `api` and `access` must outlive this.
  PageService(PageRules rules, Access& access, Api& api) : rules_(std::move(rules)), access_(access), api_(api) {}

  // Host, origin, method, token: everything that ends a request before any route is looked at, /healthz included.
  http::Admission admit(const http::Request& head) override;
  void answer(http::Request& request, http::Reply reply) override;

 private:
  std::optional<http::Response> refusal(const http::Request& head);
  std::optional<http::Response> refuse_stranger(const http::Request& head);
  void answer_api(const http::Request& request, http::Reply reply);
  http::Response asset_response(const Asset& asset);
  http::Response sign_in(const http::Request& request, std::string_view token);
  http::Response wrong_token_response();
  http::Response sign_out(const http::Request& request);
  std::string session_cookie(const http::Request& request, std::string_view id, int64_t seconds) const;

  const PageRules rules_;
  Access& access_;
  Api& api_;
  std::map<const Asset*, std::shared_ptr<const std::string>> plain_assets_;  // On the listener's thread only.
};

// The fields every answer of the page carries, as whole lines.
std::string page_fields();

}  // namespace rcml::dashboard
