#include "spec/mirrors.hpp"

#include "base/fs.hpp"
#include "base/url.hpp"
#include "base/yaml.hpp"
#include "spec/upstream_url.hpp"

namespace bundle::spec {
namespace {

bool is_url(const std::string& text) { return text.starts_with("https://") || text.starts_with("http://"); }

std::string without_final_slash(std::string text) {
  while (text.ends_with('/')) {
    text.pop_back();
  }
  return text;
}

}  // namespace

std::vector<std::string> Mirrors::candidates(const std::string& url) const {
  const std::pair<const std::string, std::vector<std::string>>* best = nullptr;
  for (const auto& row : rows_) {
    const std::string& prefix = row.first;
    const bool is_match =
        url.starts_with(prefix) && (url.size() == prefix.size() || url[prefix.size()] == '/');
    if (is_url(prefix) && is_match && (best == nullptr || prefix.size() > best->first.size())) {
      best = &row;
    }
  }
  std::vector<std::string> all;
  if (best != nullptr) {
    for (const std::string& mirror : best->second) {
      all.push_back(mirror + url.substr(best->first.size()));
    }
  }
  all.push_back(url);
  return all;
}

std::vector<std::string> Mirrors::registries(const std::string& host) const {
  std::vector<std::string> all;
  if (const auto it = rows_.find(host); it != rows_.end()) {
    all = it->second;
  }
  all.push_back(host == "docker.io" ? "https://registry-1.docker.io" : "https://" + host);
  return all;
}

Mirrors load_mirrors(const std::filesystem::path& file) {
  constexpr std::uint64_t kLimitBytes = 1 << 20;
  const yaml::Node root = yaml::parse_one(read_file(file, kLimitBytes), file.string(), ErrorKind::spec);
  yaml::Reader reader(root, file.string(), "mirrors.yml");
  std::map<std::string, std::vector<std::string>> rows;
  for (const auto& [key, node] : reader.members("mirrors")) {
    if (!credential_in_url(key).empty()) {
      reader.fail_at(node, fmt::format("a mirrored place holds a credential: {}", redact_url(key)),
                     "write it as versions.yml and the catalogue do, without");
    }
    std::vector<std::string> urls;
    if (!node.is_sequence()) {
      reader.fail_at(node, "expected a list of URLs");
    }
    for (const yaml::Node& item : node.items) {
      const std::string url = upstream_url(reader, item);
      if (!is_url(url)) {
        reader.fail_at(item,
                       fmt::format("'{}' is not a mirror: expected https://… or http://…", redact_url(url)));
      }
      urls.push_back(without_final_slash(url));
    }
    rows[without_final_slash(key)] = std::move(urls);
  }
  reader.done();
  return Mirrors(std::move(rows));
}

}  // namespace bundle::spec
