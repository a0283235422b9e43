#include "support/fake_http.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace bundle::test {

void FakeHttp::serve(const std::string& url, const std::string& content, const Headers& headers) {
  on(url, [content, headers](const net::HttpRequest& request) {
    net::HttpResponse response{.status = request.range_from > 0 ? 206 : 200, .headers = headers};
    if (request.range_from >= content.size() && request.range_from > 0) {
      response.status = 416;
      return response;
    }
    response.body = content.substr(request.range_from);
    response.headers["content-length"] = std::to_string(response.body.size());
    return response;
  });
}

net::HttpResponse FakeHttp::send(const net::HttpRequest& request, const net::BodySink* sink) {
  Answer answer;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    const auto it = answers_.find(request.url);
    if (it == answers_.end()) {
      return {.status = 404, .final_url = request.url};
    }
    answer = it->second;
  }
  net::HttpResponse response = answer(request);
  if (response.final_url.empty()) {
    response.final_url = request.url;
  }
  if (request.head_bytes > 0 && response.status < 300) {
    response.body =
        response.body.substr(0, request.head_bytes - std::min(request.head_bytes, request.range_from));
  }
  const std::uint64_t first = response.status == 206 ? request.range_from : 0;
  if (response.status < 300 && first + response.body.size() > request.limit_bytes) {
    fail(ErrorKind::integrity, "{} is too long", request.url);
  }
  if (request.method == "HEAD") {
    response.body.clear();
  } else if (sink != nullptr && response.status < 300 && !response.body.empty()) {
    (*sink)(as_bytes(response.body), first);
    response.body.clear();
  }
  return response;
}

std::vector<std::string> FakeHttp::lines() const {
  std::vector<std::string> lines;
  for (const net::HttpRequest& request : requests_) {
    lines.push_back(request.method + " " + request.url);
  }
  return lines;
}

std::string header_of(const net::HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

}  // namespace bundle::test
