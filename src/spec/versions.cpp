#include "spec/versions.hpp"

#include <algorithm>
#include <set>

#include "base/fs.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "spec/upstream_url.hpp"

namespace bundle::spec {
namespace {

constexpr std::uint64_t kLimitBytes = 4 << 20;

/// An exact version: no range, wildcard or word like `latest`.
bool is_exact(const std::string& version) {
  return !version.empty() && version != "latest" && version != "stable" &&
         version.find_first_of("*<>=~^ ,|") == std::string::npos;
}

void require_exact(yaml::Reader& reader, const yaml::Node& node, const std::string& version) {
  if (!is_exact(version)) {
    reader.fail_at(node, fmt::format("'{}' is not an exact version", version),
                   "pin one version, so that the same bundle can be built again");
  }
}

/// Keys that look like a number in YAML are still text for us, so `1.10` stays `1.10`.
ComponentPin parse_component(const std::string& name, const yaml::Node& node, yaml::Reader& reader) {
  ComponentPin made{.name = name, .position = reader.at(node)};
  if (node.is_scalar()) {
    made.version = node.text;
  } else {
    yaml::Reader row(node, reader.file(), fmt::format("component '{}'", name));
    made.version = row.text("version");
    made.values = row.text_or("values", "");
    made.skip_schema = row.boolean_or("skip-schema", false);
    if (const yaml::Node* roles = row.optional("roles")) {
      made.roles = parse_roles(*roles, reader.file());
    }
    if (const yaml::Node* images = row.optional("images")) {
      made.images = parse_image_rules(*images, reader.file());
    }
    row.done();
  }
  require_exact(reader, node, made.version);
  return made;
}

unsigned parse_mode(yaml::Reader& row) {
  const yaml::Node* node = row.optional("mode");
  if (node == nullptr) {
    return 0644;
  }
  const std::string text = row.scalar(*node, "'mode'");
  const bool is_octal =
      !text.empty() && text.size() <= 4 && text.find_first_not_of("01234567") == std::string::npos;
  if (!is_octal) {
    row.fail_at(*node, fmt::format("'{}' is not a file mode: expected octal digits such as \"0644\"", text));
  }
  return static_cast<unsigned>(std::stoul(text, nullptr, 8));
}

FileSpec parse_file(const yaml::Node& node, const std::string& file) {
  yaml::Reader row(node, file, "a file");
  const yaml::Node& path_node = row.required("path");
  const std::optional<RelPath> path = RelPath::parse(row.scalar(path_node, "'path'"));
  if (!path) {
    row.fail_at(path_node, fmt::format("'{}' is not a relative path below files/", path_node.text));
  }
  const yaml::Node& url_node = row.required("url");
  FileSpec made{.url = upstream_url(row, url_node), .sha256 = row.text("sha256"), .path = *path};
  if (!is_hex_256(made.sha256)) {
    row.fail_at(row.required("sha256"), "'sha256' is 64 lower-case hex digits");
  }
  if (!made.url.starts_with("https://") && !made.url.starts_with("http://")) {
    row.fail_at(url_node, fmt::format("'{}' is not a URL: expected https://…", redact_url(made.url)));
  }
  if (const yaml::Node* size = row.optional("size")) {
    made.size_bytes = parse_unsigned(row.scalar(*size, "'size'"));
    if (!made.size_bytes) {
      row.fail_at(*size, "'size' is a number of bytes");
    }
  }
  made.roles = row.optional("roles") == nullptr ? all_roles() : parse_roles(row.required("roles"), file);
  made.to = row.text_or("to", "");
  if (!made.to.empty() &&
      (made.to[0] != '/' || made.to.find("/../") != std::string::npos || made.to.ends_with("/.."))) {
    row.fail_at(row.required("to"), "'to' is an absolute path on the host, without '..'");
  }
  made.mode = parse_mode(row);
  made.signature = read_upstream_signature(row);
  row.done();
  return made;
}

void parse_target_key(yaml::Reader& reader, Versions& made) {
  yaml::Reader target(reader.required("target"), reader.file(), "'target'");
  made.os = target.text("os");
  made.arch = target.text_or("arch", "x86_64");
  made.base = target.text_or("base", "minimal");
  if (made.arch != "x86_64") {
    target.fail_at(target.required("arch"),
                   fmt::format("arch '{}' is not supported yet: only x86_64 is", made.arch));
  }
  target.done();
}

/// `images:` is a list of references, or a mapping with `list` and the rules of image_rules.hpp.
void parse_images_key(yaml::Reader& reader, Versions& made) {
  const yaml::Node* node = reader.optional("images");
  if (node == nullptr) {
    return;
  }
  const std::vector<yaml::Node>* list = &node->items;
  std::optional<yaml::Reader> mapping;
  if (!node->is_sequence()) {
    mapping.emplace(*node, reader.file(), "'images'");
    made.image_rules = read_image_rules(*mapping);
    list = &mapping->items("list");
    mapping->done();
  }
  for (const yaml::Node& item : *list) {
    std::optional<Reference> parsed = parse_reference(reader.scalar(item, "an image"));
    if (!parsed) {
      reader.fail_at(item, fmt::format("'{}' is not an image reference", shown_reference(item.text)),
                     "expected [host/]repository[:tag][@sha256:…]");
    }
    made.images.push_back(*std::move(parsed));
  }
}

/// `policy: {first-use: refuse | allow}`: what becomes of things that nobody vouches for.
void parse_policy(yaml::Reader& reader, Versions& made) {
  const yaml::Node* node = reader.optional("policy");
  if (node == nullptr) {
    return;
  }
  yaml::Reader policy(*node, reader.file(), "'policy'");
  const std::string first_use = policy.text_or("first-use", "allow");
  if (first_use != "allow" && first_use != "refuse") {
    policy.fail_at(policy.required("first-use"),
                   fmt::format("'first-use' is 'refuse' or 'allow', not '{}'", first_use));
  }
  made.refuses_first_use = first_use == "refuse";
  policy.done();
}

void parse_digests(yaml::Reader& reader, Versions& made) {
  for (const auto& [name, node] : reader.members("digests")) {
    const std::optional<Digest> digest = Digest::parse(reader.scalar(node, "a digest"));
    if (!digest) {
      reader.fail_at(node, fmt::format("'{}' is not a digest: expected sha256: and 64 lower-case hex digits",
                                       node.text));
    }
    const bool is_path =
        name.starts_with("charts/") || name.starts_with("manifests/") || name.starts_with("bin/");
    const std::optional<Reference> reference = parse_reference(name);
    if (!is_path && !reference) {
      reader.fail_at(node, fmt::format("'{}' is neither an image reference nor a path in the bundle", name),
                     "as in \"registry.k8s.io/pause:3.10.1\" or charts/ollama-1.77.0.tgz");
    }
    made.digests.insert_or_assign(is_path ? name : reference->str(), *digest);
  }
}

void refuse_doubles(yaml::Reader& reader, const Versions& made) {
  std::set<std::string> seen;
  for (const FileSpec& file : made.files) {
    if (!seen.insert(file.path.str()).second) {
      reader.fail_at(reader.required("files"), fmt::format("two files have the path '{}'", file.path.str()));
    }
  }
  seen.clear();
  for (const ChartSpec& chart : made.charts) {
    if (!seen.insert(chart.namespace_ + "/" + chart.release).second) {
      throw Error(
          ErrorKind::spec, chart.position,
          fmt::format("two charts are released as '{}' in namespace '{}'", chart.release, chart.namespace_));
    }
  }
}

}  // namespace

bool is_bundle_name(const std::string& text) {
  return !text.empty() && text.size() <= 60 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos &&
         text[0] != '-';
}

bool is_bundle_version(const std::string& text) {
  const std::vector<std::string_view> parts = split(text, '.');
  return text.size() <= 40 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           return part.size() <= 9 && parse_unsigned(part).has_value();
         });
}

Versions load_versions(const std::filesystem::path& file) {
  return read_versions(read_file(file, kLimitBytes), file);
}

Versions read_versions(std::string content, const std::filesystem::path& file) {
  Versions made{.file = file, .content = std::move(content)};
  const yaml::Node root = yaml::parse_one(made.content, file.string(), ErrorKind::spec);
  yaml::Reader reader(root, file.string(), "versions.yml");
  made.bundle = reader.text("bundle");
  if (!is_bundle_name(made.bundle)) {
    reader.fail_at(reader.required("bundle"),
                   fmt::format("'{}' is not a bundle name: use [a-z0-9-]", made.bundle));
  }
  made.version = reader.text("version");
  if (!is_bundle_version(made.version)) {
    reader.fail_at(
        reader.required("version"),
        fmt::format("'{}' is not a bundle version: use dotted integers such as 2026.11.0", made.version));
  }
  parse_target_key(reader, made);
  for (const auto& [name, node] : reader.members("components")) {
    made.components.push_back(parse_component(name, node, reader));
  }
  parse_images_key(reader, made);
  made.cosign = read_cosign_keys(reader);
  made.rpms = read_role_packages(reader);
  for (const yaml::Node& node : reader.items("charts")) {
    made.charts.push_back(parse_chart(node, file.string()));
    require_exact(reader, node, made.charts.back().version);
  }
  for (const yaml::Node& node : reader.items("files")) {
    made.files.push_back(parse_file(node, file.string()));
  }
  made.repositories = reader.items("repositories");
  parse_digests(reader, made);
  parse_policy(reader, made);
  reader.done();
  refuse_doubles(reader, made);
  return made;
}

int compare_versions(const std::string& a, const std::string& b) {
  const std::vector<std::string_view> left = split(a, '.');
  const std::vector<std::string_view> right = split(b, '.');
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const std::uint64_t l = i < left.size() ? parse_unsigned(left[i]).value_or(0) : 0;
    const std::uint64_t r = i < right.size() ? parse_unsigned(right[i]).value_or(0) : 0;
    if (l != r) {
      return l < r ? -1 : 1;
    }
  }
  return 0;
}

}  // namespace bundle::spec
