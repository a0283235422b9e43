#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bundle::spec {

/// mirrors.yml: where else an upstream's content is found.
class Mirrors {
 public:
  Mirrors() = default;
  explicit Mirrors(std::map<std::string, std::vector<std::string>> rows) : rows_(std::move(rows)) {}

  /// URLs to try in order for `url`: each mirror of the longest prefix row that matches (at a `/`), then
  /// `url` itself.
  std::vector<std::string> candidates(const std::string& url) const;
  /// Base URLs (`https://host[/prefix]`, without `/v2`) to try for an image registry host, `https://host`
  /// last. docker.io is `https://registry-1.docker.io` there.
  std::vector<std::string> registries(const std::string& host) const;

 private:
  std::map<std::string, std::vector<std::string>> rows_;
};

/// Reads mirrors.yml. Keys are registry hosts or https:// URL prefixes. Throws Error(spec).
Mirrors load_mirrors(const std::filesystem::path& file);

}  // namespace bundle::spec
