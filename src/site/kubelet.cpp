#include "site/kubelet.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "spec/site_grammar.hpp"
#include "spec/site_value.hpp"

namespace bundle::site {
namespace {

/// Of the /24 that a node has of the pod network: not its first and last address, nor the bridge's.
constexpr std::uint64_t kMaxPods = 253;
/// Far beyond any machine: Linux's MAX_NUMNODES on x86-64.
constexpr std::uint64_t kMaxNumaNode = 1023;

void require_cpu(const yaml::Reader& row, const yaml::Node& node) {
  spec::require(row, node, spec::parse_cpu_quantity(node.text).has_value(), "an amount of processors",
                "one such as 500m, 2 or 1.5");
}

void require_memory(const yaml::Reader& row, const yaml::Node& node) {
  spec::require(row, node, spec::parse_memory_quantity(node.text).has_value(), "an amount of memory",
                "one such as 500Mi, 1.5Gi or 2G");
}

bool is_count(std::string_view text, std::uint64_t least, std::uint64_t most) {
  const std::optional<std::uint64_t> number =
      text.starts_with("0") && text != "0" ? std::nullopt : parse_unsigned(text);
  return number && *number >= least && *number <= most;
}

void require_count(const yaml::Reader& row, const yaml::Node& node) {
  spec::require(row, node, is_count(node.text, 1, 1ull << 40), "a number", "a whole one such as 1000");
}

/// What one resource may be given as.
struct Amount {
  std::string_view key;
  void (*check)(const yaml::Reader& row, const yaml::Node& node);
};

/// Source: Kubernetes' cmd/kubelet/app/server.go, parseResourceList.
constexpr std::array kReserved{Amount{"cpu", require_cpu}, Amount{"memory", require_memory},
                               Amount{"ephemeral-storage", require_memory}, Amount{"pid", require_count}};
constexpr std::array kShort{Amount{"cpu", require_cpu}, Amount{"memory", require_memory}};

template <void (*check)(const yaml::Reader&, const yaml::Node&)>
void require_part_or(const yaml::Reader& row, const yaml::Node& node) {
  if (node.text.ends_with('%')) {
    spec::require(row, node, spec::is_percentage(node.text), "a percentage",
                  "one such as 5%, more than 0 and less than 100");
  } else {
    check(row, node);
  }
}

/// Source: https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#eviction-signals
constexpr std::array kSignals{Amount{"memory.available", require_part_or<require_memory>},
                              Amount{"nodefs.available", require_part_or<require_memory>},
                              Amount{"nodefs.inodesFree", require_part_or<require_count>},
                              Amount{"imagefs.available", require_part_or<require_memory>},
                              Amount{"imagefs.inodesFree", require_part_or<require_count>},
                              Amount{"pid.available", require_part_or<require_count>}};

class KubeletReader {
 public:
  KubeletReader(const yaml::Node& node, const std::string& file) : reader_(node, file, "'kubelet'") {}

  Kubelet read() {
    read_policies();
    read_amounts("reserved", "systemReserved", kShort);
    read_amounts("systemReserved", "systemReserved", kReserved);
    read_amounts("kubeReserved", "kubeReserved", kReserved);
    read_amounts("evictionHard", "evictionHard", kSignals);
    read_reserved_memory();
    read_reserved_cpus();
    read_max_pods();
    reader_.done();
    return std::move(made_);
  }

 private:
  void set(const std::string& member, const yaml::Node& place, json::Value value) {
    if (!made_.members.emplace(member, std::move(value)).second) {
      reader_.fail_at(place, fmt::format("{} is asked for twice", member),
                      member == "systemReserved"
                          ? "expected 'reserved' or 'systemReserved': the first is short for the second"
                          : "expected 'numa' or 'topologyManagerPolicy': the first is short for the second");
    }
    made_.places[member] = reader_.at(place);
  }

  void read_choice(std::string_view key, const std::string& member, const std::vector<std::string>& allowed) {
    if (const yaml::Node* node = reader_.optional(key)) {
      set(member, *node, spec::choice(reader_, key, allowed));
    }
  }

  void read_policies() {
    const std::vector<std::string> policies{"none", "best-effort", "restricted", "single-numa-node"};
    read_choice("numa", "topologyManagerPolicy", policies);
    made_.whole_cores = json::text_at(made_.members, "topologyManagerPolicy") == policies.back();
    read_choice("topologyManagerPolicy", "topologyManagerPolicy", policies);
    read_choice("topologyManagerScope", "topologyManagerScope", {"container", "pod"});
    read_choice("cpuManagerPolicy", "cpuManagerPolicy", {"none", "static"});
    read_choice("memoryManagerPolicy", "memoryManagerPolicy", {"None", "Static"});
  }

  template <std::size_t size>
  void read_amounts(std::string_view key, const std::string& member, const std::array<Amount, size>& known) {
    const yaml::Node* node = reader_.optional(key);
    if (node == nullptr) {
      return;
    }
    yaml::Reader row(*node, reader_.file(), fmt::format("'{}'", key));
    json::Object amounts;
    for (const Amount& amount : known) {
      if (const yaml::Node* value = row.optional(amount.key)) {
        amounts[std::string(amount.key)] = row.scalar(*value, fmt::format("'{}'", amount.key));
        amount.check(row, *value);
      }
    }
    row.done();
    set(member, *node, std::move(amounts));
  }

  /// Only memory: huge pages cannot be reserved otherwise, and the kubelet wants both sums to be equal.
  void read_reserved_memory() {
    const yaml::Node* node = reader_.optional("reservedMemory");
    if (node == nullptr) {
      return;
    }
    json::Array rows;
    std::set<std::string> seen;
    for (const yaml::Node& item : reader_.items("reservedMemory")) {
      yaml::Reader row(item, reader_.file(), "a row of 'reservedMemory'");
      const std::string number = row.text("numaNode");
      spec::require(row, row.required("numaNode"), is_count(number, 0, kMaxNumaNode),
                    "the number of a NUMA node", "one such as 0 or 1");
      if (!seen.insert(number).second) {
        row.fail_at(row.required("numaNode"), fmt::format("NUMA node {} has two rows", number),
                    "expected one of each NUMA node");
      }
      yaml::Reader limits(row.required("limits"), reader_.file(), "'limits'");
      const std::string memory = limits.text("memory");
      require_memory(limits, limits.required("memory"));
      limits.done();
      row.done();
      rows.push_back(
          json::Object{{"numaNode", *parse_unsigned(number)}, {"limits", json::Object{{"memory", memory}}}});
    }
    set("reservedMemory", *node, std::move(rows));
  }

  void read_reserved_cpus() {
    const yaml::Node* node = reader_.optional("reservedSystemCPUs");
    if (node == nullptr) {
      return;
    }
    const std::string list = reader_.scalar(*node, "'reservedSystemCPUs'");
    spec::require(reader_, *node, spec::parse_cpu_list(list).has_value(), "a list of processors",
                  "numbers and ranges, lowest first, as in \"0-1,8\"");
    for (const char* member : {"kubeReserved", "systemReserved"}) {
      if (json::member_at(made_.members, member).find("cpu") != nullptr) {
        reader_.fail_at(*node, fmt::format("reservedSystemCPUs takes the place of cpu in {}", member),
                        "expected one of the two");
      }
    }
    set("reservedSystemCPUs", *node, list);
  }

  void read_max_pods() {
    if (const yaml::Node* node = reader_.optional("maxPods")) {
      const std::string text = reader_.scalar(*node, "'maxPods'");
      spec::require(reader_, *node, is_count(text, 1, kMaxPods), "a number of pods",
                    fmt::format("1 to {}: a node has a /24 of the pod network", kMaxPods));
      set("maxPods", *node, *parse_unsigned(text));
    }
  }

  yaml::Reader reader_;
  Kubelet made_;
};

}  // namespace

Kubelet read_kubelet(yaml::Reader& reader) {
  const yaml::Node* node = reader.optional("kubelet");
  return node == nullptr ? Kubelet{} : KubeletReader(*node, reader.file()).read();
}

}  // namespace bundle::site
