#include "site/registry.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "spec/reference.hpp"
#include "spec/site_value.hpp"

namespace bundle::site {
namespace {

constexpr std::string_view kPlaceholder = "{host}";

bool is_port(std::string_view text) {
  const std::optional<std::uint64_t> number = parse_unsigned(text);
  return number && !text.starts_with('0') && *number <= 65535;
}

/// `HOST` or `HOST:PORT`.
bool is_server(std::string_view text) {
  const std::size_t colon = text.find(':');
  return spec::is_host(text.substr(0, colon)) &&
         (colon == std::string_view::npos || is_port(text.substr(colon + 1)));
}

bool is_prefix(std::string_view path) {
  const std::vector<std::string_view> parts = split(path, '/');
  return path.empty() || std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           return part == kPlaceholder || spec::is_path_component(part);
         });
}

RegistryMirror read_mirror(yaml::Reader& registry) {
  const yaml::Node& node = registry.required("mirror");
  const std::string url = registry.scalar(node, "'mirror'");
  const std::size_t scheme_end = url.find("://");
  const std::string scheme = scheme_end == std::string::npos ? "" : url.substr(0, scheme_end);
  spec::require(registry, node, scheme == "https" || scheme == "http", "the URL of a registry",
                "one such as https://10.0.0.5:8443 or https://harbor.site/mirror/{host}");
  const std::size_t host = scheme_end + 3;
  const std::size_t slash = std::min(url.find('/', host), url.size());
  spec::require(
      registry, node, is_server(std::string_view(url).substr(host, slash - host)), "the URL of a registry",
      "an IPv4 address or a DNS name behind the scheme, and perhaps a port, as in https://10.0.0.5:8443");
  RegistryMirror made{
      .server = url.substr(0, slash), .prefix = url.substr(std::min(slash + 1, url.size())), .ca = {}};
  if (made.prefix.ends_with('/')) {
    made.prefix.pop_back();
  }
  spec::require(
      registry, node, is_prefix(made.prefix), "the URL of a registry with a path of repositories",
      "a path such as /mirror/{host}: lower-case letters, digits and ._- between them; {host} stands for "
      "the registry that an image comes from, as docker.io; no /v2, which is added");
  return made;
}

}  // namespace

void read_registry(yaml::Reader& reader, Site& made) {
  const yaml::Node* node = reader.optional("registry");
  if (node == nullptr) {
    return;
  }
  yaml::Reader registry(*node, reader.file(), "'registry'");
  RegistryMirror mirror = read_mirror(registry);
  if (const yaml::Node* ca = registry.optional("ca")) {
    const std::string path = registry.scalar(*ca, "'ca'");
    spec::require(registry, *ca, spec::is_plain_path(path), "a path of a file with certificates",
                  "one such as registry-ca.pem, relative to the site file: letters, digits and ._-+@/");
    spec::require(registry, *ca, mirror.server.starts_with("https:"), "of any use to a mirror without TLS",
                  "https:// in 'mirror', or no 'ca'");
    mirror.ca = made.file.parent_path() / path;
  }
  registry.done();
  made.mirror = std::move(mirror);
}

}  // namespace bundle::site
