#include "images/outside.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/text.hpp"

namespace bundle::images {
namespace {

/// git's `git@github.com:owner/name`.
bool is_scp(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::size_t colon = text.find(':');
  return at != std::string_view::npos && at > 0 && colon != std::string_view::npos && at < colon &&
         text.find('/') > colon && text.substr(0, at).find_first_of("/ =") == std::string_view::npos;
}

std::string_view host_of(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  std::string_view host = url.substr(0, url.find_first_of("/?#"));
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) {
    host.remove_prefix(at + 1);
  }
  return host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
}

bool is_private_ipv4(const std::vector<std::string_view>& octets) {
  const auto first = parse_unsigned(octets[0]);
  const auto second = parse_unsigned(octets[1]);
  return first == 0 || first == 10 || first == 127 || (first == 192 && second == 168) ||
         (first == 169 && second == 254) || (first == 172 && second >= 16 && second <= 31) ||
         (first == 100 && second >= 64 && second <= 127);
}

/// Labels of hosts that a cluster or a site has itself.
bool is_inner_name(std::string_view host) {
  static constexpr std::array<std::string_view, 10> kEndings = {
      ".svc", ".cluster.local", ".local",    ".internal", ".localhost",
      ".lan", ".test",          ".intranet", ".consul",   ".pod"};
  return host.find(".svc.") != std::string_view::npos ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [host](std::string_view ending) { return host.ends_with(ending); });
}

/// `minio.storage` is a Service and its namespace; two labels are a host of the internet only below a top
/// level domain that such hosts use. Country codes have two letters.
bool is_top_level(std::string_view label) {
  static constexpr std::array<std::string_view, 24> kUsual = {
      "com",     "org",   "net",  "dev",   "app",   "edu",    "gov",     "info",
      "cloud",   "tech",  "xyz",  "run",   "page",  "site",   "online",  "software",
      "systems", "tools", "team", "space", "build", "studio", "network", "mil"};
  return label.size() == 2 || is_in(kUsual, label);
}

}  // namespace

bool is_remote(std::string_view text) { return text.find("://") != std::string_view::npos || is_scp(text); }

bool leads_outside(std::string_view url, const ServiceNames& services) {
  const std::string scheme = lower(url.substr(0, std::min(url.find("://"), url.size())));
  static constexpr std::array<std::string_view, 7> kModels = {"hf",         "huggingface", "ollama", "gs",
                                                              "modelscope", "ngc",         "s3"};
  if (is_in(kModels, scheme)) {
    return url.size() > scheme.size() + 3;
  }
  if (!is_remote(url) || scheme == "file" || scheme == "unix" || scheme == "tcp" ||
      scheme == "docker-daemon") {
    return false;
  }
  const std::string host = lower(host_of(url));
  const std::vector<std::string_view> labels = split(host, '.');
  const bool is_known = !host.empty() && host.find_first_of("${}<>%*() ") == std::string::npos;
  if (!is_known || host.starts_with('[') || labels.size() < 2 || is_inner_name(host) ||
      services.contains(labels[0])) {
    return false;
  }
  const bool is_ipv4 = labels.size() == 4 && host.find_first_not_of("0123456789.") == std::string::npos;
  if (is_ipv4) {
    return !is_private_ipv4(labels);
  }
  // `http://api.db:5001`: two letters behind a port of plain http are a namespace sooner than a country.
  const bool has_port = scheme == "http" && lower(url).find(host + ":") != std::string::npos;
  const bool is_namespace = has_port && labels.back().size() == 2;
  return labels.size() > 2 || (is_top_level(labels.back()) && !is_namespace);
}

}  // namespace bundle::images
