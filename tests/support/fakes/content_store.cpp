#include "support/fakes/content_store.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace bundle::test {
namespace {

/// A document that refers to others; null for a layer or a configuration.
json::Value document(const std::string& content) {
  if (!content.starts_with('{')) {
    return {};
  }
  try {
    return json::parse(content, "a blob");
  } catch (const Error&) {
    return {};
  }
}

std::vector<std::string> digests_at(const json::Value& document, std::string_view key) {
  std::vector<std::string> digests;
  const json::Value* list = document.find(key);
  if (list != nullptr && list->if_array() != nullptr) {
    for (const json::Value& row : *list->if_array()) {
      digests.push_back(json::text_at(row, "digest"));
    }
  }
  return digests;
}

}  // namespace

std::vector<std::string> ContentStore::reach(const std::string& digest, std::size_t& missing) const {
  const auto blob = blobs.find(digest);
  if (blob == blobs.end()) {
    ++missing;
    return {};
  }
  std::vector<std::string> found{digest};
  const json::Value read = document(blob->second);
  const std::vector<std::string> platforms = digests_at(read, "manifests");
  std::vector<std::string> needed = digests_at(read, "layers");
  if (const json::Value* config = read.find("config"); config != nullptr && config->if_object() != nullptr) {
    needed.push_back(json::text_at(*config, "digest"));
  }
  bool has_platform = platforms.empty();
  for (const std::string& platform : platforms) {
    if (blobs.contains(platform)) {
      has_platform = true;
      needed.push_back(platform);
    }
  }
  missing += has_platform ? 0 : 1;
  for (const std::string& child : needed) {
    const std::vector<std::string> below = reach(child, missing);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

std::string ContentStore::config_of(const std::string& digest) const {
  const auto blob = blobs.find(digest);
  if (blob == blobs.end()) {
    return {};
  }
  const json::Value read = document(blob->second);
  if (const json::Value* config = read.find("config"); config != nullptr && config->if_object() != nullptr) {
    return json::text_at(*config, "digest");
  }
  for (const std::string& platform : digests_at(read, "manifests")) {
    if (std::string config = config_of(platform); !config.empty()) {
      return config;
    }
  }
  return {};
}

bool ContentStore::has_layers(const std::string& digest) const {
  const auto blob = blobs.find(digest);
  if (blob == blobs.end()) {
    return false;
  }
  const json::Value read = document(blob->second);
  const std::vector<std::string> platforms = digests_at(read, "manifests");
  return !digests_at(read, "layers").empty() ||
         std::any_of(platforms.begin(), platforms.end(), [&](const auto& one) { return has_layers(one); });
}

}  // namespace bundle::test
