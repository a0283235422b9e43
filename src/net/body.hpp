#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "net/http.hpp"

namespace bundle::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// How an answer fits to what came before it. When it does not, its attempt must end, and the next one begin
/// anew.
enum class Fit {
  yes,
  other_range,   ///< it does not begin where it was asked to
  other_content  ///< than what came before
};

/// Where the body of one request goes, across all its attempts: to the sink, or into memory. Knows how far it
/// came, so that the next attempt asks for the rest only. One thread.
class Body {
 public:
  /// `request` and `sink` (null: memory) must outlive it.
  Body(const HttpRequest& request, const BodySink* sink);

  /// Begins an attempt: the headers that ask for what is still missing. Source: RFC 9110
  /// sections 13.1.5, 14.2.
  Headers begin_attempt();
  /// The response's head is there. Throws Error(integrity) for a range that nobody asked for and for
  /// announced bytes past the limit.
  Fit begin_response(const HttpResponse& head);
  /// More bytes of the body. False: that was enough (of an error's text, of the head), the rest is not
  /// wanted. Throws Error(integrity) past the limit, and whatever the sink throws.
  bool write(Bytes bytes);

  /// False when an answer of 206 ended before the content does, as it may: the rest has to be asked for.
  bool is_whole() const {
    return destination_ == Destination::error_text ||
           position_ >= std::min({size_bytes_, request_.limit_bytes, wanted_bytes()});
  }

  /// The farthest offset ever reached.
  std::uint64_t high_water() const { return high_water_; }
  /// Content or error text in memory.
  std::string take_text() { return std::move(text_); }

 private:
  enum class Destination { sink, memory, error_text };
  /// Whether a server that was asked for a range has another one, or none, to give.
  bool cannot_go_on(const HttpResponse& head) const;
  std::uint64_t first_byte(const HttpResponse& head) const;
  /// Where what is wanted of the content ends.
  std::uint64_t wanted_bytes() const {
    return request_.head_bytes == 0 ? std::numeric_limits<std::uint64_t>::max() : request_.head_bytes;
  }
  [[noreturn]] void fail_too_long() const;

  const HttpRequest& request_;
  const BodySink* sink_;
  Destination destination_ = Destination::error_text;
  bool has_delivered_ = false;  ///< to the sink: what follows must belong to the same content
  std::uint64_t asked_from_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t high_water_ = 0;
  std::uint64_t size_bytes_ = 0;  ///< of the whole content, where a 206 tells it
  std::string etag_;
  std::string text_;
};

}  // namespace bundle::net
