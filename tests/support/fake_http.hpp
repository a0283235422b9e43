#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "net/http.hpp"

namespace bundle::test {

/// An HttpClient without a network: answers by URL, 404 for others, and keeps what it was asked.
class FakeHttp final : public net::HttpClient {
 public:
  using Answer = std::function<net::HttpResponse(const net::HttpRequest&)>;
  using Headers = std::map<std::string, std::string>;

  /// `answer` decides; its body goes to the sink for a 2xx, and its `final_url` is the one asked for unless
  /// it says otherwise.
  void on(const std::string& url, Answer answer) { answers_[url] = std::move(answer); }
  /// Serves content, with HEAD and Range.
  void serve(const std::string& url, const std::string& content, const Headers& headers = {});

  using HttpClient::send;
  net::HttpResponse send(const net::HttpRequest& request, const net::BodySink* sink) override;

  const std::vector<net::HttpRequest>& requests() const { return requests_; }
  /// `METHOD URL` of each request.
  std::vector<std::string> lines() const;

 private:
  std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::vector<net::HttpRequest> requests_;
};

/// The value of a header that a request carries, or empty.
std::string header_of(const net::HttpRequest& request, const std::string& name);

}  // namespace bundle::test
