#include "spec/site_grammar.hpp"

#include <algorithm>
#include <array>

#include "base/relpath.hpp"
#include "base/text.hpp"
#include "spec/ipv4.hpp"

namespace bundle::spec {
namespace {

constexpr std::size_t kMaxLabel = 63;  // of DNS, and of Kubernetes' names
constexpr std::size_t kMaxDnsName = 253;
constexpr std::size_t kMaxInterface = 15;  // IFNAMSIZ - 1
constexpr std::uint64_t kMaxCpus = 1'000'000;
constexpr std::uint64_t kMaxCpuNumber = 8191;  // CONFIG_NR_CPUS of x86-64
constexpr std::uint64_t kMaxMemoryBytes = 1ull << 50;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_small(char c) { return (c >= 'a' && c <= 'z') || is_digit(c); }
constexpr bool is_alnum(char c) { return is_small(c) || (c >= 'A' && c <= 'Z'); }

template <class Test>
bool consists_of(std::string_view text, Test&& test) {
  return std::all_of(text.begin(), text.end(), std::forward<Test>(test));
}

bool is_dns_label(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLabel && is_small(text.front()) && is_small(text.back()) &&
         consists_of(text, [](char c) { return is_small(c) || c == '-'; });
}

/// A name of Kubernetes' own kind, without a prefix.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLabel && is_alnum(text.front()) && is_alnum(text.back()) &&
         consists_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

/// Decimal digits without a leading zero.
std::optional<std::uint64_t> parse_whole(std::string_view text) {
  const bool has_zero = text.size() > 1 && text.front() == '0';
  return has_zero || text.size() > 15 ? std::nullopt : parse_unsigned(text);
}

/// A number with at most three decimal places, in thousandths.
std::optional<std::uint64_t> parse_thousandths(std::string_view text) {
  const std::size_t dot = text.find('.');
  const std::optional<std::uint64_t> whole = parse_whole(text.substr(0, dot));
  if (!whole || dot == std::string_view::npos) {
    return whole ? std::optional(*whole * 1000) : std::nullopt;
  }
  std::string places(text.substr(dot + 1));
  if (places.empty() || places.size() > 3) {
    return std::nullopt;
  }
  places.resize(3, '0');
  const std::optional<std::uint64_t> part = parse_unsigned(places);
  return part ? std::optional(*whole * 1000 + *part) : std::nullopt;
}

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};

/// Longer names first: `k` ends none of them.
constexpr std::array<Unit, 8> kUnits = {{{"Ki", 1ull << 10},
                                         {"Mi", 1ull << 20},
                                         {"Gi", 1ull << 30},
                                         {"Ti", 1ull << 40},
                                         {"k", 1'000},
                                         {"M", 1'000'000},
                                         {"G", 1'000'000'000},
                                         {"T", 1'000'000'000'000}}};

bool is_below(std::string_view path, std::string_view folder) {
  return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

}  // namespace

bool is_dns_name(std::string_view text) {
  const std::vector<std::string_view> labels = split(text, '.');
  return text.size() <= kMaxDnsName && std::all_of(labels.begin(), labels.end(), is_dns_label);
}

bool is_node_name(std::string_view name) {
  const std::string_view first = name.substr(0, name.find('.'));
  return name.size() <= kMaxLabel && is_dns_name(name) && !parse_ipv4(name) && first != "localhost";
}

bool is_host(std::string_view text) {
  if (const std::optional<std::uint32_t> address = parse_ipv4(text)) {
    return is_host_address(*address);
  }
  // What has a number at its end was meant as an address.
  const std::string_view last = text.substr(text.rfind('.') + 1);
  return is_dns_name(lower(text)) && !consists_of(last, is_digit) && lower(text) != "localhost";
}

bool is_host_address(std::uint32_t address) {
  const std::uint32_t first = address >> 24;
  constexpr std::uint32_t kLinkLocal = 169u << 8 | 254u;
  constexpr std::uint32_t kMulticast = 224;
  return first != 0 && first != 127 && first < kMulticast && address >> 16 != kLinkLocal;
}

bool is_label_key(std::string_view key) {
  const std::size_t slash = key.find('/');
  return slash == std::string_view::npos
             ? is_name(key)
             : is_dns_name(key.substr(0, slash)) && is_name(key.substr(slash + 1));
}

bool is_label_value(std::string_view value) { return value.empty() || is_name(value); }

bool is_kubelet_label(std::string_view key) {
  constexpr std::array<std::string_view, 5> kLabels = {"kubernetes.io/hostname", "kubernetes.io/os",
                                                       "kubernetes.io/arch", "beta.kubernetes.io/os",
                                                       "beta.kubernetes.io/arch"};
  return std::find(kLabels.begin(), kLabels.end(), key) != kLabels.end();
}

std::optional<Taint> parse_taint(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view pair = text.substr(0, colon);
  const std::size_t equals = pair.find('=');
  const std::string_view value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
  const std::string_view effect = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  const bool is_effect = effect == "NoSchedule" || effect == "PreferNoSchedule" || effect == "NoExecute";
  if (!is_effect || !is_label_key(pair.substr(0, equals)) || !is_label_value(value)) {
    return std::nullopt;
  }
  return Taint{
      .key = std::string(pair.substr(0, equals)), .value = std::string(value), .effect = std::string(effect)};
}

std::optional<std::uint64_t> parse_cpu_quantity(std::string_view text) {
  const std::optional<std::uint64_t> made =
      text.ends_with('m') ? parse_whole(text.substr(0, text.size() - 1)) : parse_thousandths(text);
  return made && *made > 0 && *made <= kMaxCpus * 1000 ? made : std::nullopt;
}

std::optional<std::uint64_t> parse_memory_quantity(std::string_view text) {
  const auto unit =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& one) { return text.ends_with(one.name); });
  std::optional<std::uint64_t> made;
  if (unit == kUnits.end()) {
    made = parse_whole(text);
  } else if (const auto number = parse_thousandths(text.substr(0, text.size() - unit->name.size()));
             number && *number <= kMaxMemoryBytes * 1000 / unit->bytes) {
    made = *number * (unit->bytes / 1000) + *number * (unit->bytes % 1000) / 1000;
  }
  return made && *made > 0 && *made <= kMaxMemoryBytes ? made : std::nullopt;
}

std::optional<std::vector<std::uint64_t>> parse_cpu_list(std::string_view text) {
  std::vector<std::uint64_t> cpus;
  for (const std::string_view range : split(text, ',')) {
    const std::size_t dash = range.find('-');
    const std::optional<std::uint64_t> first = parse_whole(range.substr(0, dash));
    const std::optional<std::uint64_t> last =
        dash == std::string_view::npos ? first : parse_whole(range.substr(dash + 1));
    const bool is_after = cpus.empty() || (first && *first > cpus.back());
    if (!first || !last || *last < *first || *last > kMaxCpuNumber || !is_after) {
      return std::nullopt;
    }
    for (std::uint64_t cpu = *first; cpu <= *last; ++cpu) {
      cpus.push_back(cpu);
    }
  }
  return cpus;
}

bool is_percentage(std::string_view text) {
  const std::optional<std::uint64_t> part =
      text.ends_with('%') ? parse_thousandths(text.substr(0, text.size() - 1)) : std::nullopt;
  return part && *part > 0 && *part < 100'000;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view host = text.substr(0, colon);
  const std::optional<std::uint64_t> port =
      colon == std::string_view::npos ? std::nullopt : parse_whole(text.substr(colon + 1));
  const std::optional<std::uint32_t> address = parse_ipv4(host);
  if (!port || *port < 1 || *port > 65535 || !(address ? is_host_address(*address) : is_node_name(host))) {
    return std::nullopt;
  }
  return Endpoint{.host = std::string(host), .port = *port};
}

bool is_plain_path(std::string_view path) {
  constexpr std::string_view kOthers = "._-+@/";
  return !path.empty() && path.size() <= RelPath::kMaxBytes && path.back() != '/' &&
         consists_of(path, [&](char c) { return is_alnum(c) || kOthers.find(c) != std::string_view::npos; });
}

bool is_data_folder(std::string_view path) {
  // As a whole these are the system's; a folder of its own below them is fine.
  constexpr std::array<std::string_view, 10> kShared = {
      "/home", "/media", "/mnt", "/opt", "/root", "/srv", "/var", "/var/lib", "/var/log", "/var/cache"};
  constexpr std::array<std::string_view, 20> kForeign = {"/bin",
                                                         "/boot",
                                                         "/dev",
                                                         "/etc",
                                                         "/lib",
                                                         "/lib64",
                                                         "/lost+found",
                                                         "/proc",
                                                         "/run",
                                                         "/sbin",
                                                         "/sys",
                                                         "/tmp",
                                                         "/usr",
                                                         "/var/run",
                                                         "/var/tmp",
                                                         "/var/lib/bundle",
                                                         "/var/lib/cni",
                                                         "/var/lib/etcd",
                                                         "/var/lib/kubelet",
                                                         "/var/lib/rpm"};
  const bool is_absolute = is_plain_path(path) && path.front() == '/' && RelPath::parse(path.substr(1));
  return is_absolute && std::find(kShared.begin(), kShared.end(), path) == kShared.end() &&
         std::none_of(kForeign.begin(), kForeign.end(),
                      [&](std::string_view folder) { return is_below(path, folder); });
}

bool is_component_name(std::string_view name) { return is_dns_label(name); }

bool is_interface_name(std::string_view name) {
  constexpr std::string_view kOthers = "._-@:";
  return !name.empty() && name.size() <= kMaxInterface && is_alnum(name.front()) &&
         consists_of(name, [&](char c) { return is_alnum(c) || kOthers.find(c) != std::string_view::npos; });
}

}  // namespace bundle::spec
