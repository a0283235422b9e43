#include "net/transfer.hpp"

#include <array>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"
#include "net/retry.hpp"
#include "net/status.hpp"
#include "net/url.hpp"

namespace bundle::net {
namespace {

using Clock = std::chrono::steady_clock;
using HeaderList = Handle<curl_slist, curl_slist_free_all>;
constexpr std::size_t kMaxHeaderBytes = 256 << 10;
constexpr std::size_t kMaxDiscardedBytes = 64 << 10;

/// Bytes per window of time; the time that our own side takes is left out.
class StallClock {
 public:
  explicit StallClock(const TransferOptions& options) : options_(options) {}
  void received(std::size_t bytes) { bytes_ += bytes; }
  void pause(Clock::duration duration) { window_start_ += duration; }
  bool is_stalled() {
    const auto elapsed = Clock::now() - window_start_;
    if (elapsed < options_.stall_window) {
      return false;
    }
    const double wanted = static_cast<double>(options_.min_bytes_per_second) *
                          std::chrono::duration<double>(options_.stall_window).count();
    const bool is_slow = static_cast<double>(bytes_) < wanted;
    window_start_ = Clock::now();
    bytes_ = 0;
    return is_slow;
  }

 private:
  const TransferOptions& options_;
  Clock::time_point window_start_ = Clock::now();
  std::uint64_t bytes_ = 0;
};

/// The callbacks' state. Exceptions must not cross libcurl: they wait here.
struct Transfer {
  const TransferOptions& options;
  Body& body;
  StallClock stall_clock;
  HopResult result;
  std::size_t header_bytes = 0;
  std::size_t discarded_bytes = 0;  ///< of a redirect's body: read, so that the connection can be used again
  bool has_begun = false;
  bool is_stalled = false;
  bool is_interrupted = false;
  bool has_enough = false;
  Fit fit = Fit::yes;
  bool is_head_too_long = false;
  std::exception_ptr thrown = nullptr;

  void add_header(std::string_view line);
  bool begin();
  bool add_bytes(Bytes bytes);
};

void Transfer::add_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {  // also after a 100 Continue
    result.head.headers.clear();
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return;
  }
  std::string& value = result.head.headers[lower(trim(line.substr(0, colon)))];
  value += (value.empty() ? "" : ", ") + std::string(trim(line.substr(colon + 1)));
}

/// False: nobody wants the rest of this answer.
bool Transfer::begin() {
  has_begun = true;
  fit = body.begin_response(result.head);
  return fit == Fit::yes;
}

bool Transfer::add_bytes(Bytes bytes) {
  if (!has_begun && !begin()) {
    return false;
  }
  has_enough = !body.write(bytes);
  return !has_enough;
}

long status_of(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

/// What a proxy answered to CONNECT; 0 when there is no proxy, or it let us through.
int proxy_refusal_of(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, &status);
  return status >= 200 && status < 300 ? 0 : static_cast<int>(status);
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  transfer.stall_clock.received(bytes);
  transfer.header_bytes += bytes;
  transfer.is_head_too_long = transfer.header_bytes > kMaxHeaderBytes;
  if (transfer.is_head_too_long) {
    return 0;
  }
  transfer.add_header(std::string_view(data, bytes));
  return bytes;
}

struct WriteTarget {
  CURL* handle;
  Transfer* transfer;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  const auto& target = *static_cast<WriteTarget*>(user);
  Transfer& transfer = *target.transfer;
  const std::size_t bytes = size * count;
  const auto started = Clock::now();
  bool goes_on = false;
  try {
    transfer.result.head.status = static_cast<int>(status_of(target.handle));
    goes_on = transfer.result.is_redirect()
                  ? (transfer.discarded_bytes += bytes) <= kMaxDiscardedBytes
                  : transfer.add_bytes(std::as_bytes(std::span<const char>(data, bytes)));
  } catch (...) {
    transfer.thrown = std::current_exception();
  }
  transfer.stall_clock.received(bytes);
  transfer.stall_clock.pause(Clock::now() - started);
  return goes_on ? bytes : 0;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.is_interrupted = transfer.options.interrupted && transfer.options.interrupted();
  transfer.is_stalled = transfer.stall_clock.is_stalled();
  return transfer.is_interrupted || transfer.is_stalled ? 1 : 0;
}

template <class T>
void set(CURL* handle, CURLoption option, T value) {
  if (const CURLcode code = curl_easy_setopt(handle, option, value); code != CURLE_OK) {
    fail(ErrorKind::bug, "libcurl refuses option {}: {}", static_cast<int>(option), curl_easy_strerror(code));
  }
}

void set_protocols(CURL* handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  set(handle, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

void set_method(CURL* handle, const Hop& hop) {
  if (hop.method == "HEAD") {
    set(handle, CURLOPT_NOBODY, 1L);
  } else if (hop.method == "POST") {
    set(handle, CURLOPT_POST, 1L);
    set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(hop.body.size()));
    set(handle, CURLOPT_POSTFIELDS, hop.body.c_str());
  } else if (hop.method != "GET") {
    fail(ErrorKind::bug, "no such method: {}", hop.method);
  }
}

/// Returns the list that libcurl keeps pointing to.
HeaderList set_headers(CURL* handle, const Hop& hop) {
  HeaderList list;
  bool has_authorization = false;
  for (const auto& [name, value] : hop.headers) {
    curl_slist* longer = curl_slist_append(list.get(), (name + ": " + value).c_str());
    if (longer == nullptr) {
      throw std::bad_alloc();
    }
    static_cast<void>(list.release());
    list.reset(longer);
    has_authorization = has_authorization || lower(name) == "authorization";
  }
  set(handle, CURLOPT_HTTPHEADER, list.get());
  set(handle, CURLOPT_NETRC, static_cast<long>(has_authorization ? CURL_NETRC_IGNORED : CURL_NETRC_OPTIONAL));
  return list;
}

void set_tls(CURL* handle, const Hop& hop, const TransferOptions& options) {
  if (!options.ca_file.empty()) {
    set(handle, CURLOPT_CAINFO, options.ca_file.c_str());
    set(handle, CURLOPT_PROXY_CAINFO, options.ca_file.c_str());
  }
  if (!options.ca_folder.empty()) {
    set(handle, CURLOPT_CAPATH, options.ca_folder.c_str());
    set(handle, CURLOPT_PROXY_CAPATH, options.ca_folder.c_str());
  }
  if (!hop.tls_client) {
    return;
  }
  if (!hop.tls_client->ca_file.empty()) {
    set(handle, CURLOPT_CAINFO, hop.tls_client->ca_file.c_str());
  }
  if (!hop.tls_client->cert_file.empty()) {
    set(handle, CURLOPT_SSLCERT, hop.tls_client->cert_file.c_str());
    set(handle, CURLOPT_SSLKEY, hop.tls_client->key_file.c_str());
  }
}

void set_options(CURL* handle, const Hop& hop, Transfer& transfer, WriteTarget& target, char* error_buffer) {
  curl_easy_reset(handle);  // keeps the connections
  set(handle, CURLOPT_URL, hop.url.c_str());
  set_protocols(handle);
  set_method(handle, hop);
  set_tls(handle, hop, transfer.options);
  set(handle, CURLOPT_ERRORBUFFER, error_buffer);
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_FOLLOWLOCATION, 0L);
  set(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  // A wish: a handle whose last transfer failed to connect may still have its old buffer, and then refuses.
  static_cast<void>(curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 256L << 10));
  set(handle, CURLOPT_USERAGENT, transfer.options.user_agent.c_str());
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(transfer.options.connect_timeout.count()));
  set(handle, CURLOPT_HEADERFUNCTION, &on_header);
  set(handle, CURLOPT_HEADERDATA, &transfer);
  set(handle, CURLOPT_WRITEFUNCTION, &on_body);
  set(handle, CURLOPT_WRITEDATA, &target);
  set(handle, CURLOPT_NOPROGRESS, 0L);
  set(handle, CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(handle, CURLOPT_XFERINFODATA, &transfer);
}

bool is_lasting(CURLcode code) {
  constexpr std::array kLasting = {
      CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_ISSUER_ERROR,         CURLE_SSL_CIPHER,      CURLE_URL_MALFORMAT,
      CURLE_UNSUPPORTED_PROTOCOL,     CURLE_OUT_OF_MEMORY};
  for (const CURLcode lasting : kLasting) {
    if (code == lasting) {
      return true;
    }
  }
  return false;
}

std::string words_for(CURLcode code, const std::string& detail) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "the name of the host is not found (DNS): " + detail;
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "the name of the proxy is not found (DNS): " + detail;
    case CURLE_COULDNT_CONNECT:
      return "no connection: " + detail;
    case CURLE_OPERATION_TIMEDOUT:
      return "no answer in time: " + detail;
    case CURLE_PEER_FAILED_VERIFICATION:
      return "the server's TLS certificate is not trusted: " + detail;
    case CURLE_SSL_CONNECT_ERROR:
      return "TLS failed: " + detail;
    case CURLE_SSL_CERTPROBLEM:
      return "the TLS client certificate or its key cannot be used: " + detail;
    case CURLE_SSL_CACERT_BADFILE:
      return "the file of CA certificates cannot be read: " + detail;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return "the connection broke off: " + detail;
    default:
      return detail;
  }
}

void judge(CURLcode code, Transfer& transfer, const std::string& detail) {
  HopResult& result = transfer.result;
  if (transfer.thrown) {
    std::rethrow_exception(transfer.thrown);
  }
  if (transfer.is_interrupted) {
    fail(ErrorKind::interrupted, "interrupted");
  }
  result.code = code;
  result.is_passing = !is_lasting(code);
  if (transfer.is_stalled) {
    result.broken = fmt::format("stalled: less than {} bytes a second for {:.1f} s",
                                transfer.options.min_bytes_per_second,
                                std::chrono::duration<double>(transfer.options.stall_window).count());
  } else if (transfer.is_head_too_long) {
    result.broken = "the answer's headers do not end";
    result.is_passing = false;
  } else if (transfer.fit != Fit::yes) {
    result.broken = transfer.fit == Fit::other_range
                        ? "the server did not send the range that it was asked for"
                        : "the content changed while it was fetched";
    result.is_answered = true;
  } else if (transfer.has_enough || (code == CURLE_WRITE_ERROR && result.is_redirect())) {
    result.code = CURLE_OK;
  } else if (code != CURLE_OK && result.proxy_status != 0) {
    result.broken = "the proxy refuses the way: it answered " + status_text(result.proxy_status);
    result.is_passing = may_pass(result.proxy_status);
  } else if (code != CURLE_OK) {
    result.broken = words_for(code, escaped(detail.empty() ? curl_easy_strerror(code) : detail, 200));
  } else if (transfer.has_begun && !transfer.body.is_whole()) {
    result.broken = "the server sent only a part of what it was asked for";
    result.is_answered = true;
  }
}

}  // namespace

bool HopResult::is_redirect() const {
  constexpr std::array kStatuses = {301, 302, 303, 307, 308};
  for (const int status : kStatuses) {
    if (head.status == status) {
      return head.headers.contains("location");
    }
  }
  return false;
}

HopResult run_hop(CURL* handle, const Hop& hop, const TransferOptions& options, Body& body) {
  Transfer transfer{.options = options, .body = body, .stall_clock = StallClock(options)};
  WriteTarget target{handle, &transfer};
  std::array<char, CURL_ERROR_SIZE> error_buffer{};
  set_options(handle, hop, transfer, target, error_buffer.data());
  const HeaderList headers = set_headers(handle, hop);
  const CURLcode code = curl_easy_perform(handle);
  transfer.result.head.status = static_cast<int>(status_of(handle));
  transfer.result.proxy_status = proxy_refusal_of(handle);
  curl_easy_reset(handle);  // it must not keep pointers into this frame
  if (code == CURLE_OK && !transfer.has_begun && !transfer.result.is_redirect()) {
    transfer.begin();  // an empty body
  }
  judge(code, transfer, error_buffer.data());
  return std::move(transfer.result);
}

}  // namespace bundle::net
