#include "serve/responder.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "serve/folder.hpp"
#include "serve/helm_index.hpp"
#include "serve/page.hpp"

namespace bundle::serve {
namespace {

bool is_registry(const Request& request) { return request.target.starts_with("/v2"); }

/// An error in the words of whoever asks: registries have a form for it.
Answer refusal(const Request& request, unsigned status, std::string_view code, const std::string& sentence) {
  Answer answer = is_registry(request) ? registry_error(status, code, sentence) : words(status, sentence);
  if (request.method == "HEAD") {
    answer.body.reset();
  }
  return answer;
}

Answer refuse_method(const Request& request) {
  Answer answer =
      refusal(request, 405, "UNSUPPORTED", "This server only lets read: GET and HEAD, no uploads.");
  answer.headers.push_back({"Allow", "GET, HEAD"});
  return answer;
}

Answer refuse_unprotected(const Request& request) {
  return refusal(request, 403, "DENIED",
                 "Over plain HTTP there is only /bundle/, whose files have signatures. The rest is for TLS: "
                 "start bundle serve with --tls-cert and --tls-key, or with --tls-self-signed.");
}

Answer not_found(const Request& request, const Target& target) {
  return refusal(request, 404, "NAME_UNKNOWN", "There is nothing at /" + target.path() + ".");
}

}  // namespace

Answer failure(const Request& request, const std::exception& error) {
  const auto* ours = dynamic_cast<const Error*>(&error);
  const std::string message = ours == nullptr ? std::string(error.what()) : ours->message();
  const bool is_away = ours != nullptr && ours->kind() != ErrorKind::integrity;
  Answer answer = is_away ? refusal(request, 503, "UNAVAILABLE", "For the time being: " + message + ".")
                          : refusal(request, 500, "UNKNOWN", "Not as the index says: " + message + ".");
  if (is_away) {
    answer.headers.push_back({"Retry-After", "10"});
  }
  answer.fault = message;
  return answer;
}

Responder::Responder(Media& media)
    : media_(media),
      registry_(media),
      helm_index_(std::make_shared<const std::string>(helm_index(media.index()))) {}

Answer Responder::answer(const Request& request) {
  try {
    Answer answer = route(request);
    answer.closes = answer.closes || request.has_body;
    return answer;
  } catch (const std::exception& error) {
    return failure(request, error);
  }
}

Answer Responder::route(const Request& request) {
  Target target;
  try {
    target = parse_target(request.target);
  } catch (const Error& error) {
    return refusal(request, 400, "NAME_INVALID", "The request has " + error.message() + ".");
  }
  const std::string& first = target.segments.front();
  if (!request.is_private && first != "bundle") {
    return refuse_unprotected(request);
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return refuse_method(request);
  }
  if (request.has_body) {
    return refusal(request, 413, "SIZE_INVALID", "A request with a body is not taken.");
  }
  if (first == "v2") {
    return registry_.answer(request, target);
  }
  if (first.empty() && target.segments.size() == 1) {
    return answer_page(request);
  }
  return first == "bundle" ? answer_folder(request, target) : answer_entry(request, target);
}

Answer Responder::answer_folder(const Request& request, const Target& target) const {
  const std::optional<Content> content =
      target.segments.size() == 2 ? folder_content(media_, target.segments[1]) : std::nullopt;
  return content ? answer_with(request, *content) : not_found(request, target);
}

/// Packages, charts and files, by the paths that they have when the parts are unpacked.
Answer Responder::answer_entry(const Request& request, const Target& target) const {
  const std::string path = target.path();
  if (path == "charts/index.yaml") {
    return answer_with(request, text_content(media_type_of(path), helm_index_));
  }
  const std::string& first = target.segments.front();
  const bool is_offered = first == "rpms" || first == "charts" || first == "files";
  const format::Entry* entry = is_offered ? media_.index().find_entry(path) : nullptr;
  return entry == nullptr ? not_found(request, target)
                          : answer_with(request, entry_content(media_, *entry, media_type_of(path)));
}

Answer Responder::answer_page(const Request& request) {
  std::shared_ptr<const std::string> text;
  {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<const std::string>& known = pages_[request.base_url];
    if (!known) {
      known = std::make_shared<const std::string>(page(media_.verified(), request.base_url));
    }
    text = known;
  }
  Content content = text_content("text/html; charset=utf-8", text);
  content.headers.push_back({"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"});
  return answer_with(request, content);
}

}  // namespace bundle::serve
