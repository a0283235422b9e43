#include <array>

#include "site/kubelet.hpp"
#include "spec/site_grammar.hpp"

// What the answers for a kubelet say together.
namespace bundle::site {
namespace {

constexpr std::array kReserving{"kubeReserved", "systemReserved"};

std::uint64_t bytes_of(const std::string& amount) { return spec::parse_memory_quantity(amount).value_or(0); }

/// As a person would write it.
std::string amount_words(std::uint64_t bytes) {
  constexpr std::uint64_t kMi = 1 << 20;
  constexpr std::uint64_t kKi = 1 << 10;
  return bytes % kMi == 0   ? fmt::format("{}Mi", bytes / kMi)
         : bytes % kKi == 0 ? fmt::format("{}Ki", bytes / kKi)
                            : std::to_string(bytes);
}

std::string amount_in(const json::Object& members, std::string_view member, std::string_view resource) {
  return json::text_at(json::member_at(members, member), resource);
}

class Sums {
 public:
  Sums(const Kubelet& kubelet, const std::string& who) : kubelet_(kubelet), who_(who) {}

  void check() const {
    check_cpus();
    if (json::text_at(kubelet_.members, "memoryManagerPolicy") == "Static") {
      check_memory();
    } else if (kubelet_.members.contains("reservedMemory")) {
      fail_at("reservedMemory",
              fmt::format("reservedMemory of {} has no effect without memoryManagerPolicy: Static", who_),
              "expected both or neither");
    }
  }

 private:
  [[noreturn]] void fail_at(const std::string& member, std::string message, std::string hint) const {
    throw Error(ErrorKind::spec, kubelet_.places.at(member), std::move(message), std::move(hint));
  }

  void check_cpus() const {
    if (json::text_at(kubelet_.members, "cpuManagerPolicy") == "static" &&
        reserved_cpu(kubelet_.members) == 0) {
      fail_at("cpuManagerPolicy",
              fmt::format("cpuManagerPolicy static of {} needs processors that are kept for the system, and "
                          "there are none",
                          who_),
              "expected cpu in systemReserved or kubeReserved, or reservedSystemCPUs, as in systemReserved: "
              "{cpu: 500m}");
    }
  }

  /// The kubelet does not start unless both sums are the same.
  void check_memory() const {
    const std::string kube = amount_in(kubelet_.members, "kubeReserved", "memory");
    const std::string system = amount_in(kubelet_.members, "systemReserved", "memory");
    std::string eviction = amount_in(kubelet_.members, "evictionHard", "memory.available");
    if (eviction.ends_with('%')) {
      fail_at("evictionHard",
              fmt::format("memoryManagerPolicy Static of {} needs an amount, and memory.available is {}",
                          who_, eviction),
              "expected an amount such as 100Mi: it is a part of what reservedMemory adds up to");
    }
    eviction = eviction.empty() ? std::string(kMemoryAvailable) : eviction;
    const std::uint64_t wanted = bytes_of(kube) + bytes_of(system) + bytes_of(eviction);
    std::uint64_t reserved = 0;
    for (const json::Value& row : reserved_by_numa_node(kubelet_.members)) {
      reserved += bytes_of(json::text_at(json::member_at(row, "limits"), "memory"));
    }
    if (reserved != wanted) {
      const bool is_written = kubelet_.members.contains("reservedMemory");
      fail_at(is_written ? "reservedMemory" : "memoryManagerPolicy",
              fmt::format("reservedMemory of {} is {} in all, and kubeReserved {} + systemReserved {} + "
                          "evictionHard memory.available {} is {}",
                          who_, amount_words(reserved), kube.empty() ? "0" : kube,
                          system.empty() ? "0" : system, eviction, amount_words(wanted)),
              fmt::format("expected rows that add up to it, as in reservedMemory: [{{numaNode: 0, limits: "
                          "{{memory: {}}}}}]",
                          amount_words(wanted)));
    }
  }

  const Kubelet& kubelet_;
  const std::string& who_;
};

bool names_cpu(const Kubelet& kubelet) {
  return !amount_in(kubelet.members, kReserving[0], "cpu").empty() ||
         !amount_in(kubelet.members, kReserving[1], "cpu").empty();
}

/// Takes away what a nearer answer takes the place of under another name.
void make_void(const Kubelet& nearer, json::Object& further) {
  if (nearer.members.contains("reservedSystemCPUs")) {
    for (const char* member : kReserving) {
      if (const auto found = further.find(member); found != further.end()) {
        found->second.if_object()->erase("cpu");
      }
    }
  }
  if (names_cpu(nearer)) {
    further.erase("reservedSystemCPUs");
  }
  if (json::text_at(nearer.members, "memoryManagerPolicy") == "None") {
    further.erase("reservedMemory");
  }
}

}  // namespace

std::uint64_t reserved_cpu(const json::Object& members) {
  if (const std::string list = json::text_at(members, "reservedSystemCPUs"); !list.empty()) {
    return spec::parse_cpu_list(list).value_or(std::vector<std::uint64_t>()).size() * 1000;
  }
  std::uint64_t sum = 0;
  for (const char* member : kReserving) {
    sum += spec::parse_cpu_quantity(amount_in(members, member, "cpu")).value_or(0);
  }
  return sum;
}

std::uint64_t reserved_memory(const json::Object& members) {
  std::uint64_t sum = 0;
  for (const char* member : kReserving) {
    sum += bytes_of(amount_in(members, member, "memory"));
  }
  return sum;
}

const json::Array& reserved_by_numa_node(const json::Object& members) {
  static const json::Array kNone;
  const auto found = members.find("reservedMemory");
  return found == members.end() ? kNone : *found->second.if_array();
}

Kubelet over(const Kubelet& nearer, Kubelet further) {
  make_void(nearer, further.members);
  for (const auto& [member, value] : nearer.members) {
    json::Value& made = further.members[member];
    if (json::Object* amounts = made.if_object()) {
      for (const auto& [resource, amount] : *value.if_object()) {
        (*amounts)[resource] = amount;
      }
    } else {
      made = value;
    }
    further.places[member] = nearer.places.at(member);
  }
  if (nearer.members.contains("topologyManagerPolicy")) {
    further.whole_cores = nearer.whole_cores;
  }
  return further;
}

void settle(Kubelet& kubelet, const std::string& who) {
  // Whole cores for containers need a number of them kept for the system.
  if (kubelet.whole_cores && reserved_cpu(kubelet.members) > 0) {
    if (kubelet.members.emplace("cpuManagerPolicy", "static").second) {
      kubelet.places["cpuManagerPolicy"] = kubelet.places.at("topologyManagerPolicy");
    }
  }
  Sums(kubelet, who).check();
}

}  // namespace bundle::site
