#include "net/body.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/url.hpp"

namespace bundle::net {
namespace {

constexpr std::size_t kMaxErrorText = 64 << 10;

/// A weak tag may stay the same while bytes change (RFC 9110 section 8.8.1).
bool is_strong(const std::string& etag) { return !etag.empty() && !etag.starts_with("W/"); }

/// First byte of `bytes 5-9/10`.
std::optional<std::uint64_t> range_start(std::string_view content_range) {
  constexpr std::string_view kUnit = "bytes ";
  if (!lower(content_range).starts_with(kUnit)) {
    return std::nullopt;
  }
  content_range.remove_prefix(kUnit.size());
  return parse_unsigned(trim(content_range.substr(0, content_range.find('-'))));
}

/// The last number of `bytes 5-9/10`; 0 when it is `*` or missing.
std::uint64_t range_total(std::string_view content_range) {
  const std::size_t slash = content_range.rfind('/');
  return slash == std::string_view::npos ? 0
                                         : parse_unsigned(trim(content_range.substr(slash + 1))).value_or(0);
}

}  // namespace

Body::Body(const HttpRequest& request, const BodySink* sink)
    : request_(request), sink_(sink), position_(request.range_from), high_water_(request.range_from) {}

Headers Body::begin_attempt() {
  text_.clear();
  if (sink_ == nullptr) {
    position_ = request_.range_from;
  }
  asked_from_ = position_;
  Headers headers;
  if (request_.head_bytes > 0) {
    headers.emplace_back("Range", fmt::format("bytes={}-{}", asked_from_, request_.head_bytes - 1));
  } else if (asked_from_ > 0) {
    headers.emplace_back("Range", fmt::format("bytes={}-", asked_from_));
  }
  if (asked_from_ > 0) {
    if (is_strong(etag_)) {
      headers.emplace_back("If-Range", etag_);
    }
  }
  return headers;
}

Fit Body::begin_response(const HttpResponse& head) {
  if (sink_ != nullptr && cannot_go_on(head)) {
    position_ = 0;
    etag_.clear();
    return Fit::other_range;
  }
  if (head.status < 200 || head.status > 299) {
    destination_ = Destination::error_text;
    return Fit::yes;
  }
  const std::uint64_t first = first_byte(head);
  const std::string etag = head.header("etag");
  const bool is_other_content = first > 0 && has_delivered_ && etag != etag_;
  etag_ = is_other_content ? "" : etag;
  position_ = is_other_content ? 0 : first;
  if (is_other_content) {
    return Fit::other_content;
  }
  destination_ = sink_ != nullptr ? Destination::sink : Destination::memory;
  size_bytes_ = head.status == 206 ? range_total(head.header("content-range")) : 0;
  const std::uint64_t length = parse_unsigned(head.header("content-length")).value_or(0);
  if (request_.method != "HEAD" && (first > request_.limit_bytes || length > request_.limit_bytes - first)) {
    fail_too_long();
  }
  return Fit::yes;
}

bool Body::cannot_go_on(const HttpResponse& head) const {
  const bool is_other_range = head.status == 206 && range_start(head.header("content-range")) != asked_from_;
  return asked_from_ > 0 && (head.status == 416 || is_other_range);
}

std::uint64_t Body::first_byte(const HttpResponse& head) const {
  if (head.status != 206) {
    return 0;
  }
  const std::string range = head.header("content-range");
  if (range_start(range) != asked_from_) {
    fail(ErrorKind::integrity, "{} sent another range than asked for: wanted bytes from {}, found '{}'",
         redact_url(request_.url), asked_from_, escaped(range, 80));
  }
  return asked_from_;
}

bool Body::write(Bytes offered) {
  if (destination_ == Destination::error_text) {
    text_ += as_text(offered).substr(0, kMaxErrorText - text_.size());
    return text_.size() < kMaxErrorText;
  }
  const std::uint64_t room = wanted_bytes() - std::min(position_, wanted_bytes());
  const Bytes bytes = offered.first(std::min<std::uint64_t>(offered.size(), room));
  if (bytes.size() > request_.limit_bytes - std::min(position_, request_.limit_bytes)) {
    fail_too_long();
  }
  if (destination_ == Destination::memory) {
    text_ += as_text(bytes);
  } else {
    (*sink_)(bytes, position_);
    has_delivered_ = true;
  }
  position_ += bytes.size();
  high_water_ = std::max(high_water_, position_);
  return bytes.size() == offered.size();
}

void Body::fail_too_long() const {
  fail(ErrorKind::integrity, "{} sends more than the {} bytes that it may have", redact_url(request_.url),
       request_.limit_bytes);
}

}  // namespace bundle::net
