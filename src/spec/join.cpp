#include "spec/join.hpp"

#include <algorithm>

#include "base/fs.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "spec/component.hpp"
#include "spec/ipv4.hpp"
#include "spec/site_grammar.hpp"
#include "spec/site_value.hpp"

namespace bundle::spec {
namespace {

constexpr std::uint64_t kMaxBytes = 64 << 10;
constexpr std::string_view kFormat = "bundle-join/1";

bool is_of(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string_view::npos;
}

constexpr std::string_view kDigitsAndLetters = "0123456789abcdefghijklmnopqrstuvwxyz";

/// Source: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#token-format
bool is_token(std::string_view text) {
  return text.size() == 6 + 1 + 16 && text[6] == '.' && is_of(text.substr(0, 6), kDigitsAndLetters) &&
         is_of(text.substr(7), kDigitsAndLetters);
}

bool is_pin(std::string_view text) {
  return text.starts_with("sha256:") && is_hex_256(text.substr(std::string_view("sha256:").size()));
}

bool is_uid(std::string_view text) { return text.size() == 36 && is_of(text, "0123456789abcdef-"); }

/// `[v]1.34.3`, `2026.11.0`.
bool is_version(std::string_view text) {
  const std::string_view digits = text.starts_with('v') ? text.substr(1) : text;
  return !digits.empty() && digits.size() <= 60 && is_of(digits, "0123456789.") && digits.front() != '.' &&
         digits.back() != '.';
}

bool is_subnet(std::string_view text) { return parse_ipv4_network(std::string(text)).has_value(); }
bool is_endpoint(std::string_view text) { return parse_endpoint(text).has_value(); }
bool is_date(std::string_view text) { return parse_utc(text).has_value(); }
bool is_role(std::string_view text) { return all_roles().contains(std::string(text)); }
bool is_format(std::string_view text) { return text == kFormat; }

/// The values of one mapping, each with the rule that it keeps.
class Values {
 public:
  Values(const yaml::Node& node, const std::string& file, std::string what)
      : reader_(node, file, std::move(what)) {}

  std::string text(std::string_view key, bool (*holds)(std::string_view), std::string_view expected) {
    std::string value = reader_.text(key);
    check(reader_.required(key), key, holds(value), expected);
    return value;
  }
  std::vector<std::string> texts(std::string_view key, bool (*holds)(std::string_view),
                                 std::string_view expected) {
    std::vector<std::string> values = reader_.texts(key);
    check(reader_.required(key), key,
          !values.empty() && std::all_of(values.begin(), values.end(),
                                         [&](const std::string& value) { return holds(value); }),
          expected);
    return values;
  }
  const yaml::Node& node(std::string_view key) { return reader_.required(key); }
  void done() { reader_.done(); }

 private:
  /// Without the value: it may be a secret.
  void check(const yaml::Node& node, std::string_view key, bool is_right, std::string_view expected) const {
    if (!is_right) {
      reader_.fail_at(node, fmt::format("'{}' is not {}", key, expected), std::string(kJoinAnew));
    }
  }

  yaml::Reader reader_;
};

}  // namespace

Join read_join(std::string_view text, const std::filesystem::path& file) {
  const std::string name = file.string();
  const yaml::Node root = yaml::parse_one(text, name, ErrorKind::spec);
  Values values(root, name, "a join file");
  values.text("format", is_format, "'bundle-join/1'");
  Join join{.file = file, .role = values.text("role", is_role, "master, worker or gpu")};
  join.token = values.text("token", is_token, "a token such as abcdef.0123456789abcdef");
  join.expires = *parse_utc(values.text("expires", is_date, "a time such as 2026-11-21T20:00:00Z"));
  join.ca_pins = values.texts("ca", is_pin, "a list of sha256:… of the cluster's CA");
  join.kubernetes = values.text("kubernetes", is_version, "a version such as v1.34.3");
  Values cluster(values.node("cluster"), name, "a cluster");
  join.cluster_name = cluster.text("name", is_dns_name, "the name of a cluster");
  join.cluster_id = cluster.text("id", is_uid, "the UID of a namespace");
  join.endpoint = cluster.text("endpoint", is_endpoint, "HOST:PORT");
  join.pod_subnet = cluster.text("podSubnet", is_subnet, "a network such as 10.244.0.0/16");
  join.service_subnet = cluster.text("serviceSubnet", is_subnet, "a network such as 10.96.0.0/12");
  cluster.done();
  Values bundle(values.node("bundle"), name, "a bundle");
  join.bundle_name = bundle.text("name", is_component_name, "the name of a bundle");
  join.bundle_version = bundle.text("version", is_version, "the version of a bundle");
  join.index_sha256 = bundle.text("index", is_hex_256, "the SHA-256 of a bundle.json");
  bundle.done();
  values.done();
  return join;
}

std::string join_text(const std::filesystem::path& file, std::uint64_t limit_bytes) {
  try {
    return read_file(file, limit_bytes);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::integrity) {  // too long
      throw Error(ErrorKind::spec, error.message(), std::string(kJoinAnew));
    }
    throw;
  }
}

Join load_join(const std::filesystem::path& file) { return read_join(join_text(file, kMaxBytes), file); }

std::string to_yaml(const Join& join) {
  std::string text = fmt::format(
      "# Made by bundle join-info. Until it expires, whoever has this file can make a host a node of the "
      "cluster.\n"
      "format: {}\nrole: {}\ntoken: {}\nexpires: {}\nca:\n",
      kFormat, join.role, join.token, format_utc(join.expires));
  for (const std::string& pin : join.ca_pins) {
    text += fmt::format("  - {}\n", pin);
  }
  return text + fmt::format(
                    "kubernetes: {}\n"
                    "cluster:\n  name: {}\n  id: {}\n  endpoint: {}\n  podSubnet: {}\n  serviceSubnet: "
                    "{}\n"
                    "bundle:\n  name: {}\n  version: {}\n  index: {}\n",
                    join.kubernetes, join.cluster_name, join.cluster_id, join.endpoint, join.pod_subnet,
                    join.service_subnet, join.bundle_name, join.bundle_version, join.index_sha256);
}

}  // namespace bundle::spec
