#include "serve/content.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "serve/bodies.hpp"
#include "serve/conditions.hpp"

namespace bundle::serve {
namespace {

Answer unsatisfiable(const Content& content, const std::string& range) {
  constexpr std::size_t kShownBytes = 100;
  Answer answer = words(416, fmt::format("The range {} has no byte of the {} that there are.",
                                         range.substr(0, kShownBytes), content.size_bytes));
  answer.headers.push_back({"Content-Range", fmt::format("bytes */{}", content.size_bytes)});
  answer.headers.push_back({"Accept-Ranges", "bytes"});
  return answer;
}

/// The answer as HEAD gets it.
Answer without_body(Answer answer) {
  answer.body.reset();
  return answer;
}

}  // namespace

std::string etag_of(std::string_view sha256) { return fmt::format("\"sha256:{}\"", sha256); }

Content entry_content(Media& media, const format::Entry& entry, std::string_view type, Checks checks) {
  return {.type = std::string(type),
          .etag = etag_of(entry.sha256),
          .size_bytes = entry.size_bytes,
          .open = [&media, &entry, checks](std::optional<Slice> slice) -> std::unique_ptr<Body> {
            if (checks == Checks::here) {
              return std::make_unique<EntryBody>(media, entry, slice);
            }
            return std::make_unique<UncheckedBody>(media, entry,
                                                   slice.value_or(Slice{.size_bytes = entry.size_bytes}));
          }};
}

Content text_content(std::string_view type, std::shared_ptr<const std::string> text) {
  const std::string etag = etag_of(sha256_hex(*text));
  const std::uint64_t size_bytes = text->size();
  return {.type = std::string(type),
          .etag = etag,
          .size_bytes = size_bytes,
          .open = [text = std::move(text)](std::optional<Slice> slice) {
            return std::make_unique<TextBody>(text,
                                              slice.value_or(Slice{.offset = 0, .size_bytes = text->size()}));
          }};
}

Answer answer_with(const Request& request, const Content& content) {
  if (const std::optional<unsigned> status = status_by_conditions(request, content.etag)) {
    return {.status = *status, .headers = {{"ETag", content.etag}}};
  }
  const Selection selection = select_range(request, content.etag, content.size_bytes);
  if (std::holds_alternative<Unsatisfiable>(selection)) {
    return unsatisfiable(content, *request.header("Range"));
  }
  Answer answer{.headers = content.headers, .size_bytes = content.size_bytes};
  answer.headers.push_back({"Content-Type", content.type});
  answer.headers.push_back({"ETag", content.etag});
  answer.headers.push_back({"Accept-Ranges", "bytes"});
  std::optional<Slice> slice;
  if (const auto* chosen = std::get_if<Slice>(&selection)) {
    slice = *chosen;
    answer.status = 206;
    answer.size_bytes = chosen->size_bytes;
    answer.headers.push_back(
        {"Content-Range", fmt::format("bytes {}-{}/{}", chosen->offset,
                                      chosen->offset + chosen->size_bytes - 1, content.size_bytes)});
  }
  answer.body = content.open(slice);  // also for HEAD: what could not be sent is not promised
  return request.method == "HEAD" ? without_body(std::move(answer)) : std::move(answer);
}

std::string_view media_type_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kTypes = {{
      {".rpm", "application/x-rpm"},
      {".tgz", "application/gzip"},
      {".gz", "application/gzip"},
      {".json", "application/json"},
      {".xml", "application/xml"},
      {".yaml", "application/yaml"},
      {".yml", "application/yaml"},
      {".asc", "application/pgp-keys"},
      {".tar", "application/x-tar"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) {
      return type;
    }
  }
  return "application/octet-stream";
}

}  // namespace bundle::serve
