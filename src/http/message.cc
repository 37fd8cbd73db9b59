#include "http/message.h"

namespace rcml::http {

Response text_response(int status, std::string text) {
  const auto owner = std::make_shared<const std::string>(std::move(text));
  Response response;
  response.status = status;
  response.body = *owner;
  response.owner = owner;
  response.fields.emplace_back("Cache-Control", "no-store");
  return response;
}

Reply::~Reply() {
  if (send_) (*send_)(text_response(503, "The answer was abandoned. Try again\n"));
}

void Reply::operator()(Response response) {
  if (const auto send = std::move(send_)) (*send)(std::move(response));
}

}  // namespace rcml::http
