#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "serve/http.hpp"
#include "serve/media.hpp"

namespace bundle::serve {

/// Something that a GET or HEAD may ask for.
struct Content {
  std::string type;
  std::string etag;  ///< strong, with its quotes
  std::uint64_t size_bytes = 0;
  std::vector<Header> headers;
  /// Its bytes; a stretch of them where one is given.
  std::function<std::unique_ptr<Body>(std::optional<Slice>)> open;
};

/// The ETag of bytes with this SHA-256 (hex).
std::string etag_of(std::string_view sha256);

Content entry_content(Media& media, const format::Entry& entry, std::string_view type,
                      Checks checks = Checks::here);
Content text_content(std::string_view type, std::shared_ptr<const std::string> text);

/// Preconditions, Range and HEAD, as RFC 9110 has them.
Answer answer_with(const Request& request, const Content& content);

/// By the ending of a name.
std::string_view media_type_of(std::string_view name);

}  // namespace bundle::serve
