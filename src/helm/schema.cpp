#include "helm/schema.hpp"

#include <algorithm>
#include <set>

#include "archive/archive.hpp"
#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/json.hpp"
#include "net/url.hpp"

namespace bundle::helm {
namespace {

namespace stdfs = std::filesystem;

constexpr std::string_view kName = "values.schema.json";
constexpr std::uint64_t kLimitBytes = 16ull << 20;

std::string without_fragment(const std::string& url) { return url.substr(0, url.find('#')); }

bool is_built_in(const std::string& url) { return url.find("://json-schema.org/") != std::string::npos; }

/// Collects what `$ref` and `$dynamicRef` lead to from a schema with this base, and what is defined here.
class References {
 public:
  void visit(const json::Value& value, std::string base) {
    if (const json::Array* items = value.if_array()) {
      for (const json::Value& item : *items) {
        visit(item, base);
      }
      return;
    }
    const json::Object* object = value.if_object();
    if (object == nullptr) {
      return;
    }
    for (const char* key : {"$id", "id"}) {
      if (const std::string id = json::text_at(value, key); is_url(id)) {
        base = without_fragment(id);
        own_.insert(base);
      }
    }
    for (const auto& [key, member] : *object) {
      if (key == "$ref" || key == "$dynamicRef") {
        add(json::text_at(value, key), base);
      } else if (key != "enum" && key != "const" && key != "default" && key != "examples") {
        visit(member, base);
      }
    }
  }

  std::set<std::string> take() const {
    std::set<std::string> left;
    std::set_difference(wanted_.begin(), wanted_.end(), own_.begin(), own_.end(),
                        std::inserter(left, left.end()));
    return left;
  }

 private:
  static bool is_url(const std::string& text) { return text.find("://") != std::string::npos; }

  void add(const std::string& reference, const std::string& base) {
    if (reference.empty() || reference.starts_with('#')) {
      return;
    }
    std::string target = reference;
    if (!is_url(reference)) {
      const auto from = net::parse_url(base);
      const auto resolved = from ? net::resolve_url(*from, reference) : std::nullopt;
      if (!resolved) {
        return;  // beside the schema itself
      }
      target = resolved->text;
    }
    target = without_fragment(target);
    if (!is_built_in(target)) {
      wanted_.insert(target);
    }
  }

  std::set<std::string> wanted_;
  std::set<std::string> own_;
};

}  // namespace

std::vector<std::string> remote_references(const std::string& schema) {
  References found;
  try {
    found.visit(json::parse(schema, std::string(kName)), "");
  } catch (const Error&) {
    return {};
  }
  const std::set<std::string> urls = found.take();
  return {urls.begin(), urls.end()};
}

std::vector<std::string> remote_schemas(const stdfs::path& chart) {
  std::set<std::string> urls;
  const auto add = [&urls](const std::string& schema) {
    for (std::string& url : remote_references(schema)) {
      urls.insert(std::move(url));
    }
  };
  if (stdfs::is_directory(chart)) {
    for (const stdfs::directory_entry& entry : stdfs::recursive_directory_iterator(chart)) {
      if (entry.is_regular_file() && entry.path().filename() == kName) {
        add(read_file(entry.path(), kLimitBytes));
      }
    }
  } else {
    for (const archive::File& file : archive::read_tar_gz(chart)) {
      if (file.path.str().ends_with("/" + std::string(kName))) {
        add(file.content);
      }
    }
  }
  return {urls.begin(), urls.end()};
}

}  // namespace bundle::helm
