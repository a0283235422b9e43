#include "spec/component.hpp"

#include <algorithm>

#include "base/fs.hpp"
#include "base/relpath.hpp"
#include "base/suggest.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "spec/placeholders.hpp"
#include "spec/reference.hpp"
#include "spec/upstream_url.hpp"

namespace bundle::spec {
namespace {

constexpr std::uint64_t kLimitBytes = 1 << 20;
constexpr const char* kFileName = "component.yml";

/// YAML as JSON, for what the installer reads as it is. Numbers and booleans stay text.
json::Value to_json(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::Kind::null:
      return {};
    case yaml::Kind::scalar:
      return node.text;
    case yaml::Kind::sequence: {
      json::Array array;
      std::transform(node.items.begin(), node.items.end(), std::back_inserter(array), to_json);
      return array;
    }
    case yaml::Kind::mapping:
      break;
  }
  json::Object object;
  for (const auto& [key, member] : node.members) {
    object.emplace(key, to_json(member));
  }
  return object;
}

void parse_roles_key(yaml::Reader& reader, Component& made) {
  made.image_roles = all_roles();
  const yaml::Node* node = reader.optional("roles");
  if (node == nullptr) {
    return;
  }
  yaml::Reader roles(*node, reader.file(), "'roles'");
  if (const yaml::Node* images = roles.optional("images")) {
    made.image_roles = parse_roles(*images, reader.file());
  }
  made.apply = roles.text_or("apply", made.apply);
  roles.done();
}

void parse_images_key(yaml::Reader& reader, Component& made) {
  const yaml::Node* node = reader.optional("images");
  if (node == nullptr) {
    return;
  }
  yaml::Reader images(*node, reader.file(), "'images'");
  made.images = read_image_rules(images);
  made.plain_images = images.texts("list");
  if (const yaml::Node* from = images.optional("from")) {
    yaml::Reader row(*from, reader.file(), "'from'");
    made.image_list =
        ImageListSpec{.rpm = row.text("rpm"), .run = row.texts("run"), .table = row.texts("table")};
    row.done();
    if (made.image_list->run.empty()) {
      reader.fail_at(*from, "'run' needs the program and its arguments");
    }
  }
  images.done();
}

void parse_sources(yaml::Reader& reader, Component& made) {
  for (const yaml::Node& row : reader.items("repositories")) {
    made.repositories.push_back(parse_repository(row, reader.file(), nullptr));
  }
  for (const yaml::Node& node : reader.items("manifests")) {
    ManifestSpec manifest;
    if (node.is_scalar()) {
      (node.text.starts_with("https://") ? manifest.url : manifest.file) = upstream_url(reader, node);
    } else {
      yaml::Reader row(node, reader.file(), "a manifest");
      manifest = {.url = upstream_url_or(row, "url"),
                  .file = row.text_or("file", ""),
                  .sha256 = row.text_or("sha256", ""),
                  .signature = read_upstream_signature(row)};
      row.done();
    }
    if (manifest.url.empty() == manifest.file.empty()) {
      reader.fail_at(node, "a manifest is either a 'url' or a 'file'");
    }
    made.manifests.push_back(std::move(manifest));
  }
  for (const yaml::Node& node : reader.items("programs")) {
    yaml::Reader row(node, reader.file(), "a program");
    made.programs.push_back({.name = row.text("name"),
                             .url = upstream_url(row, row.required("url")),
                             .extract = row.text("extract"),
                             .sha256 = row.text_or("sha256", ""),
                             .sha256_url = upstream_url_or(row, "sha256-url"),
                             .signature = read_upstream_signature(row)});
    row.done();
  }
}

}  // namespace

Roles all_roles() { return {"gpu", "master", "worker"}; }

Roles parse_roles(const yaml::Node& node, const std::string& file) {
  Roles made;
  if (!node.is_sequence()) {
    throw Error(ErrorKind::spec, Position{.file = file, .line = node.line, .column = node.column},
                "expected a list of roles");
  }
  for (const yaml::Node& item : node.items) {
    if (!all_roles().contains(item.text)) {
      throw Error(ErrorKind::spec, Position{.file = file, .line = item.line, .column = item.column},
                  fmt::format("unknown role '{}': the roles are gpu, master and worker", item.text),
                  did_you_mean(item.text, {"gpu", "master", "worker"}));
    }
    made.insert(item.text);
  }
  return made;
}

namespace {

void check_chart_source(yaml::Reader& reader, const yaml::Node& node, const ChartSpec& chart) {
  if (chart.repo.empty() == chart.file.empty()) {
    reader.fail_at(node, "a chart is either in a 'repo' or a 'file'");
  }
  if (!chart.file.empty() && (!chart.file.ends_with(".tgz") || !RelPath::parse(chart.file))) {
    reader.fail_at(node, fmt::format("'{}' is no chart: expected the relative path of a .tgz", chart.file),
                   "`helm package FOLDER` makes one");
  }
  if (chart.file.empty() && !chart.repo.starts_with("https://") && !chart.repo.starts_with("oci://")) {
    reader.fail_at(
        node,
        fmt::format("'{}' is not a chart repository: expected https://… or oci://…", redact_url(chart.repo)),
        chart.repo.starts_with("file://") || chart.repo.starts_with("./")
            ? "a local chart is `file: PATH.tgz` instead of `repo`"
            : "");
  }
  if (chart.repo.starts_with("oci://") && !parse_reference(chart.repo.substr(6) + "/" + chart.name + ":1")) {
    reader.fail_at(node, fmt::format("'{}' is not a repository of an OCI registry", chart.repo),
                   "expected oci://HOST/PATH, without the chart's name and without a tag");
  }
}

}  // namespace

ChartSpec parse_chart(const yaml::Node& node, const std::string& file) {
  yaml::Reader reader(node, file, "a chart");
  ChartSpec made{.repo = upstream_url_or(reader, "repo"),
                 .file = reader.text_or("file", ""),
                 .name = reader.text("name"),
                 .version = reader.text("version")};
  made.release = reader.text_or("release", made.name);
  made.namespace_ = reader.text_or("namespace", "default");
  made.values = reader.text_or("values", "");
  made.skip_schema = reader.boolean_or("skip-schema", false);
  if (const yaml::Node* images = reader.optional("images")) {
    made.images = parse_image_rules(*images, file);
  }
  made.gpgkeys = read_gpgkeys(reader);
  if (!made.gpgkeys.empty() && !made.repo.starts_with("https://")) {
    reader.fail_at(reader.required("gpgkey"),
                   "a chart's provenance lies beside it in a repository at https://…",
                   "leave the key out; 'digests' pins what was looked at by another way");
  }
  made.position = reader.at(node);
  reader.done();
  while (made.repo.ends_with('/')) {
    made.repo.pop_back();
  }
  check_chart_source(reader, node, made);
  return made;
}

RoleTexts read_role_packages(yaml::Reader& reader) {
  RoleTexts made;
  const yaml::Node* rpms = reader.optional("rpms");
  if (rpms != nullptr && rpms->is_sequence()) {
    if (std::vector<std::string> texts = reader.texts("rpms"); !texts.empty()) {
      made.emplace("all", std::move(texts));
    }
    return made;
  }
  for (const auto& [role, node] : reader.members("rpms")) {
    if (role != "all" && !all_roles().contains(role)) {
      reader.fail_at(node, fmt::format("unknown role '{}' in 'rpms'", role),
                     did_you_mean(role, {"all", "gpu", "master", "worker"}));
    }
    if (!node.is_sequence()) {
      reader.fail_at(node, "expected a list of packages");
    }
    for (const yaml::Node& item : node.items) {
      made[role].push_back(reader.scalar(item, "a package"));
    }
  }
  return made;
}

std::vector<CosignKey> read_cosign_keys(yaml::Reader& reader) {
  std::vector<CosignKey> keys;
  for (const yaml::Node& node : reader.items("cosign")) {
    yaml::Reader row(node, reader.file(), "a row of 'cosign'");
    keys.push_back({.images = row.text("images"), .pem = row.text("key"), .position = row.at(node)});
    row.done();
    const std::string& images = keys.back().images;
    if (images.find('/') == std::string::npos || images.find_first_of(":@*") != std::string::npos) {
      reader.fail_at(node, fmt::format("'{}' is not the name of image repositories", images),
                     "as in ghcr.io/org/app, or ghcr.io/org/ for all below it");
    }
  }
  return keys;
}

Component load_component(const std::filesystem::path& folder, const std::string& version) {
  return read_component(read_file(folder / kFileName, kLimitBytes), folder, version);
}

Component read_component(std::string_view text, const std::filesystem::path& folder,
                         const std::string& version) {
  const std::filesystem::path file = folder / kFileName;
  yaml::Node root = yaml::parse_one(text, file.string(), ErrorKind::spec);
  if (!version.empty()) {
    fill_placeholders(root, version, file.string());
  }
  yaml::Reader reader(root, file.string(), "a component");
  Component made{.name = reader.text("component"), .folder = folder, .needs = reader.texts("needs")};
  made.version_like = reader.text_or("version-like", "");
  parse_roles_key(reader, made);
  if (const yaml::Node* chart = reader.optional("chart")) {
    made.chart = parse_chart(*chart, file.string());
    made.chart->values = reader.text_or("values", made.chart->values);
  }
  made.pod_security = reader.text_or("pod-security", "");
  if (const yaml::Node* network = reader.optional("network")) {
    made.network = parse_network(*network, file.string());
  }
  if (const yaml::Node* ports = reader.optional("ports")) {
    made.ports = parse_ports(*ports, file.string());
  }
  made.rpms = read_role_packages(reader);
  parse_sources(reader, made);
  parse_images_key(reader, made);
  made.cosign = read_cosign_keys(reader);
  if (const yaml::Node* health = reader.optional("health")) {
    made.health = to_json(*health);
  }
  made.smoke = reader.text_or("smoke", "");
  reader.done();
  if (made.name != folder.filename()) {
    reader.fail_at(root, fmt::format("the component is called '{}' but its folder '{}'", made.name,
                                     folder.filename().string()));
  }
  return made;
}

std::optional<std::string> corrected_version(const std::string& version, const std::string& like) {
  const bool has_v = like.starts_with('v');
  const std::string bare = version.starts_with('v') ? version.substr(1) : version;
  const std::size_t end = std::min(bare.find_first_not_of("0123456789."), bare.size());
  const std::vector<std::string_view> model = split(std::string_view(like).substr(has_v ? 1 : 0), '.');
  std::vector<std::string> numbers;
  for (const std::string_view part : split(std::string_view(bare).substr(0, end), '.')) {
    numbers.emplace_back(part);
  }
  const bool is_complete = numbers.size() == model.size() && !numbers.back().empty();
  if (is_complete && version.starts_with('v') == has_v) {
    return std::nullopt;
  }
  numbers.resize(model.size());
  for (std::size_t i = 0; i < model.size(); ++i) {
    numbers[i] = numbers[i].empty() ? std::string(model[i]) : numbers[i];
  }
  return (has_v ? "v" : "") + join(numbers, ".") + (is_complete ? bare.substr(end) : "");
}

std::vector<std::string> component_names(const std::filesystem::path& manifests) {
  std::vector<std::string> names;
  for (const std::string& name : list_folder(manifests)) {
    if (std::filesystem::exists(manifests / name / kFileName)) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace bundle::spec
