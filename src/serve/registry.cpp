#include "serve/registry.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "format/entry.hpp"
#include "spec/image_manifest.hpp"

namespace bundle::serve {
namespace {

constexpr std::string_view kJson = "application/json";

/// `NAME/manifests/REFERENCE` of a path below /v2/.
struct Place {
  std::string name;
  std::string kind;  ///< `manifests`, `blobs`, `tags`
  std::string item;
};

/// Nothing for what names no repository.
std::optional<Place> parse_place(const Target& target) {
  const std::size_t count = target.segments.size();
  if (count < 4) {
    return std::nullopt;
  }
  Place place{.kind = target.segments[count - 2], .item = target.segments[count - 1]};
  for (std::size_t i = 1; i + 2 < count; ++i) {
    place.name += (i == 1 ? "" : "/") + target.segments[i];
  }
  return place;
}

/// Some of a sorted list: those behind `last`, `n` of them at most.
struct Page {
  std::vector<std::string> items;
  bool has_more = false;
};

template <class Map>
Page page_of(const Map& map, std::string_view last, std::uint64_t n) {
  Page page;
  auto it = last.empty() ? map.begin() : map.upper_bound(std::string(last));
  for (; it != map.end() && page.items.size() < n; ++it) {
    page.items.push_back(it->first);
  }
  page.has_more = it != map.end() && !page.items.empty();
  return page;
}

std::string escaped_for_query(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                          std::string_view("-._~/:").find(c) != std::string_view::npos;
    result += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

/// Where a list goes on.
Header link_behind(const Target& target, std::uint64_t n, const std::string& last) {
  std::string query = fmt::format("n={}&last={}", n, escaped_for_query(last));
  if (const std::string_view host = target.parameter("ns"); !host.empty()) {
    query += "&ns=" + escaped_for_query(host);
  }
  return {"Link", fmt::format("</{}?{}>; rel=\"next\"", target.path(), query)};
}

/// The list as `{KEY: […]}` beside the members of `object`, as far as `n` and `last` ask for it.
template <class Map>
Answer answer_list(const Request& request, const Target& target, const char* key, const Map& map,
                   json::Object object) {
  constexpr std::uint64_t kMost = 10'000;
  const std::string_view wanted = target.parameter("n");
  const std::optional<std::uint64_t> n = wanted.empty() ? kMost : parse_unsigned(wanted);
  if (!n) {
    return registry_error(400, "PAGINATION_NUMBER_INVALID", "n is not a number");
  }
  const Page page = page_of(map, target.parameter("last"), std::min(*n, kMost));
  object[key] = json::Array(page.items.begin(), page.items.end());
  Content content = text_content(
      kJson, std::make_shared<const std::string>(json::canonical(json::Value(std::move(object)))));
  if (page.has_more) {
    content.headers.push_back(link_behind(target, page.items.size(), page.items.back()));
  }
  return answer_with(request, content);
}

/// Empty for what is a layer or a configuration.
std::string document_type(const std::string& text, const std::string& name) {
  try {
    return spec::parse_document(text, "", name).media_type;
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

Answer registry_error(unsigned status, std::string_view code, const std::string& message) {
  const json::Object error{{"code", code}, {"message", message}, {"detail", nullptr}};
  return text_answer(status, kJson, json::canonical(json::Object{{"errors", json::Array{error}}}));
}

Registry::Registry(Media& media, Checks checks) : media_(media), checks_(checks), catalogue_(media.index()) {}

Answer Registry::answer(const Request& request, const Target& target) {
  if (target.segments.size() == 1 || (target.segments.size() == 2 && target.segments[1].empty())) {
    Content content = text_content(kJson, std::make_shared<const std::string>("{}"));
    content.headers.push_back({"Docker-Distribution-API-Version", "registry/2.0"});
    return answer_with(request, content);
  }
  if (target.path(1) == "_catalog") {
    return answer_list(request, target, "repositories", catalogue_.repositories(), {});
  }
  const std::optional<Place> place = parse_place(target);
  if (!place) {
    return registry_error(404, "NAME_INVALID", "nothing is at " + target.path());
  }
  const Catalogue::Tags* tags = catalogue_.find(place->name, target.parameter("ns"));
  if (tags == nullptr) {
    return registry_error(404, "NAME_UNKNOWN", "the bundle has no image " + place->name);
  }
  if (place->kind == "manifests") {
    return answer_manifest(request, *tags, place->item);
  }
  if (place->kind == "blobs") {
    return answer_blob(request, place->item);
  }
  if (place->kind == "tags" && place->item == "list") {
    return answer_list(request, target, "tags", *tags, {{"name", place->name}});
  }
  return registry_error(404, "UNSUPPORTED", "nothing is at " + target.path());
}

const format::Entry* Registry::find_blob(const std::string& digest) const {
  const std::optional<spec::Digest> parsed = spec::Digest::parse(digest);
  return parsed ? media_.index().find_entry("blobs/sha256/" + parsed->hex()) : nullptr;
}

/// The media type of a manifest or index; empty for any other blob.
std::string Registry::type_of_document(const format::Entry& entry) {
  const std::lock_guard lock(mutex_);
  if (const auto known = types_.find(&entry); known != types_.end()) {
    return known->second;
  }
  if (entry.size_bytes > spec::kMaxDocumentBytes) {
    return {};
  }
  const std::string text = format::read_entry(*media_.parts_of(entry)->set, entry, spec::kMaxDocumentBytes);
  return types_[&entry] = document_type(text, entry.path.str());
}

Answer Registry::answer_manifest(const Request& request, const Catalogue::Tags& tags,
                                 const std::string& wanted) {
  const auto tag = tags.find(wanted);
  const std::string& digest = tag == tags.end() ? wanted : tag->second;
  const format::Entry* entry = find_blob(digest);
  const std::string type = entry == nullptr ? std::string() : type_of_document(*entry);
  if (type.empty()) {
    return registry_error(404, "MANIFEST_UNKNOWN", "the bundle has no manifest " + wanted + " of this image");
  }
  Content content = entry_content(media_, *entry, type, checks_);
  content.headers.push_back({"Docker-Content-Digest", digest});
  return answer_with(request, content);
}

Answer Registry::answer_blob(const Request& request, const std::string& wanted) const {
  const format::Entry* entry = find_blob(wanted);
  if (entry == nullptr) {
    return registry_error(404, "BLOB_UNKNOWN", "the bundle has no blob " + wanted);
  }
  Content content = entry_content(media_, *entry, "application/octet-stream", checks_);
  content.headers.push_back({"Docker-Content-Digest", wanted});
  return answer_with(request, content);
}

}  // namespace bundle::serve
