#include "net/curl_client.hpp"

#include <cstdlib>
#include <ctime>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "net/host_limiter.hpp"
#include "net/status.hpp"
#include "net/transfer.hpp"
#include "net/url.hpp"

namespace bundle::net {
namespace {

using CurlHandle = Handle<CURL, curl_easy_cleanup>;
constexpr int kMaxRedirects = 10;

/// Idle easy handles with their open connections.
class HandlePool {
 public:
  CurlHandle take(const std::string& origin) {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      CurlHandle handle(curl_easy_init());
      if (!handle) {
        fail(ErrorKind::bug, "libcurl gives no handle");
      }
      return handle;
    }
    std::size_t chosen = idle_.size() - 1;
    for (std::size_t i = 0; i < idle_.size(); ++i) {
      chosen = idle_[i].origin == origin ? i : chosen;
    }
    CurlHandle handle = std::move(idle_[chosen].handle);
    idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(chosen));
    return handle;
  }

  void give_back(CurlHandle handle, const std::string& origin) {
    const std::lock_guard lock(mutex_);
    idle_.push_back({std::move(handle), origin});
  }

 private:
  struct Idle {
    CurlHandle handle;
    std::string origin;
  };
  std::mutex mutex_;
  std::vector<Idle> idle_;
};

/// Origins that wore out all attempts for something. They are asked once only until they answer again, so
/// that a mirror that is down costs its patience once, and not for each of a thousand things that the next
/// place has.
class WornOut {
 public:
  bool has(const std::string& origin) {
    const std::lock_guard lock(mutex_);
    return origins_.contains(origin);
  }
  void set(const std::string& origin, bool is_worn_out) {
    const std::lock_guard lock(mutex_);
    if (is_worn_out) {
      origins_.insert(origin);
    } else {
      origins_.erase(origin);
    }
  }

 private:
  std::mutex mutex_;
  std::set<std::string> origins_;
};

void initialise_libcurl() {
  static const CURLcode kCode = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kCode != CURLE_OK) {
    fail(ErrorKind::bug, "libcurl does not start: {}", curl_easy_strerror(kCode));
  }
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string first_of(std::initializer_list<std::string> texts) {
  for (const std::string& text : texts) {
    if (!text.empty()) {
      return text;
    }
  }
  return {};
}

TransferOptions transfer_options(const CurlOptions& options) {
  return {.user_agent = "bundle/" BUNDLE_VERSION,
          .ca_file = first_of({options.ca_file, environment("CURL_CA_BUNDLE"), environment("SSL_CERT_FILE")}),
          .ca_folder = first_of({options.ca_folder, environment("SSL_CERT_DIR")}),
          .connect_timeout = options.connect_timeout,
          .stall_window = options.stall_window,
          .min_bytes_per_second = options.min_bytes_per_second,
          .interrupted = options.interrupted};
}

Url parse_request_url(const std::string& text) {
  const auto url = parse_url(text);
  if (!url || (url->scheme != "http" && url->scheme != "https")) {
    fail(ErrorKind::integrity, "this is not an http or https URL: {}", redact_url(text));
  }
  return *url;
}

/// Where an answer sends us; throws Error(integrity) for a place where no upstream has to send anybody.
Url redirect_target(const Url& from, const std::string& location) {
  const auto target = resolve_url(from, location);
  const bool is_allowed =
      target && (target->scheme == "https" || (target->scheme == "http" && from.scheme == "http"));
  if (!is_allowed) {
    fail(ErrorKind::integrity, "{} redirects to {}: only https URLs are followed", redact_url(from.text),
         redact_url(location));
  }
  return *target;
}

/// All that another origin may see of a request.
void drop_credentials(Hop& hop) {
  Headers kept;
  for (auto& header : hop.headers) {
    if (header.first == "Accept" || header.first == "Range" || header.first == "If-Range") {
      kept.push_back(std::move(header));
    }
  }
  hop.headers = std::move(kept);
  hop.tls_client.reset();
}

/// Whether the server gave an answer that is its last word, or would if it were asked for the rest.
bool is_well(const HopResult& result) {
  return result.is_answered || (result.broken.empty() && !may_pass(result.head.status));
}

std::string hint_for(const HopResult& result) {
  if (result.proxy_status == 407) {
    return hint_for_status(result.proxy_status);
  }
  if (result.proxy_status != 0) {
    return "the proxy has to allow this host; no_proxy=HOST goes around it; a mirror can be named with "
           "--mirrors";
  }
  switch (result.code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "https_proxy, http_proxy or all_proxy names it";
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return "behind a proxy, set https_proxy; a mirror can be named with --mirrors";
    case CURLE_PEER_FAILED_VERIFICATION:
      return "a company's own CA goes into the file that SSL_CERT_FILE names";
    default:
      return {};
  }
}

}  // namespace

struct CurlClient::State {
  explicit State(CurlOptions given)
      : options(std::move(given)),
        transfers(transfer_options(options)),
        limiter(options.max_overall, options.max_per_host) {}

  HopResult follow(const HttpRequest& request, Body& body);
  HopResult run_pooled(const Hop& hop, const std::string& origin, Body& body);
  void wait(std::chrono::milliseconds duration) const;
  std::chrono::milliseconds backoff_after(int attempt);

  CurlOptions options;
  TransferOptions transfers;
  HostLimiter limiter;
  HandlePool pool;
  WornOut worn_out;
  std::mutex random_mutex;
  std::minstd_rand random{std::random_device{}()};
};

HopResult CurlClient::State::run_pooled(const Hop& hop, const std::string& origin, Body& body) {
  const HostLimiter::Place place = limiter.enter(origin, options.interrupted);
  CurlHandle handle = pool.take(origin);
  HopResult result =
      run_hop(handle.get(), hop, transfers, body);  // a handle whose hop throws is not used again
  pool.give_back(std::move(handle), origin);
  return result;
}

/// One attempt: the request and all its redirects.
HopResult CurlClient::State::follow(const HttpRequest& request, Body& body) {
  Url url = parse_request_url(request.url);
  Hop hop{.method = request.method,
          .body = request.body,
          .headers = request.headers,
          .tls_client = request.tls_client};
  for (auto& header : body.begin_attempt()) {
    hop.headers.push_back(std::move(header));
  }
  for (int redirects = 0;; ++redirects) {
    hop.url = url.text;
    HopResult result = run_pooled(hop, url.origin(), body);
    result.head.final_url = url.text;
    if (result.code != CURLE_OK || !result.is_redirect() || request.method == "POST") {
      return result;
    }
    if (redirects == kMaxRedirects) {
      fail(ErrorKind::network, "{} redirects more than {} times", redact_url(request.url), kMaxRedirects);
    }
    const Url target = redirect_target(url, result.head.header("location"));
    if (target.origin() != url.origin()) {
      drop_credentials(hop);
    }
    url = target;
  }
}

void CurlClient::State::wait(std::chrono::milliseconds duration) const {
  constexpr std::chrono::milliseconds kLookForInterrupt{100};
  const auto end = std::chrono::steady_clock::now() + duration;
  for (auto now = std::chrono::steady_clock::now(); now < end; now = std::chrono::steady_clock::now()) {
    if (options.interrupted && options.interrupted()) {
      fail(ErrorKind::interrupted, "interrupted");
    }
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(end - now, kLookForInterrupt));
  }
}

std::chrono::milliseconds CurlClient::State::backoff_after(int attempt) {
  const std::lock_guard lock(random_mutex);
  return backoff(options.retry, attempt, std::uniform_real_distribution<double>(0, 1)(random));
}

CurlClient::CurlClient(CurlOptions options) {
  initialise_libcurl();
  state_ = std::make_unique<State>(std::move(options));
}

CurlClient::~CurlClient() = default;

HttpResponse CurlClient::send(const HttpRequest& request, const BodySink* sink) {
  const RetryPolicy& retry = state_->options.retry;
  const bool is_patient = request.patience == Patience::usual;
  const std::string origin = parse_request_url(request.url).origin();
  Body body(request, sink);
  for (int attempt = 1;; ++attempt) {
    const std::uint64_t before = body.high_water();
    HopResult result = state_->follow(request, body);
    const std::uint64_t brought = body.high_water() - before;
    attempt = brought >= retry.progress_bytes ? 1 : attempt;
    const bool is_worn_out = is_patient && attempt >= retry.max_attempts;
    if (is_well(result) || brought >= retry.progress_bytes) {
      state_->worn_out.set(origin, false);
    } else if (is_worn_out) {
      state_->worn_out.set(origin, true);
    }
    if (result.is_answered && brought > 0) {
      --attempt;  // a piece is neither waited for nor counted
      continue;
    }
    const bool is_last = !is_patient || is_worn_out || (!result.is_answered && state_->worn_out.has(origin));
    auto duration = state_->backoff_after(attempt);
    if (result.broken.empty()) {
      const auto asked = parse_retry_after(result.head.header("retry-after"), std::time(nullptr));
      if (is_well(result) || is_last || (asked && *asked > retry.max_retry_after)) {
        result.head.body = body.take_text();
        return std::move(result.head);
      }
      duration = asked ? std::max<std::chrono::milliseconds>(*asked, duration) : duration;
    } else if (is_last || !result.is_passing) {
      throw Error(ErrorKind::network,
                  fmt::format("cannot fetch {}: {}{}", redact_url(result.head.final_url), result.broken,
                              attempt > 1 ? fmt::format(" (tried {} times)", attempt) : ""),
                  hint_for(result));
    }
    state_->wait(duration);
  }
}

}  // namespace bundle::net
