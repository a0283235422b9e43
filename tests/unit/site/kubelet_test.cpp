#include "site/kubelet.hpp"

#include "unit/site/refused.hpp"

// Groups of alike nodes, and what kubelets are told.
namespace bundle::site {
namespace {

const std::string kGroup = "nodeGroups:\n  g: ";
const std::string kNodes =
    "nodes:\n  - {name: m1, address: 10.0.0.1, roles: [master]}\n"
    "  - {name: g1, address: 10.0.0.2, roles: [gpu], group: g}\n";

/// What the kubelet of the node g1 is told where the group says this.
std::string told(const std::string& kubelet, const std::string& of_node = "{}",
                 const std::string& of_site = "{}") {
  const std::string nodes =
      "nodes:\n  - {name: g1, address: 10.0.0.2, roles: [master], group: g, kubelet: " + of_node + "}\n";
  const Site site =
      read_site("kubelet: " + of_site + "\n" + kGroup + "{kubelet: " + kubelet + "}\n" + nodes, "site.yml");
  return json::canonical(site.nodes.at(0).kubelet.members);
}

/// Refused where a kubelet's answers in the group, at line 2, say this.
void check_told(const std::string& kubelet, const std::string& where, const std::string& message,
                const std::string& hint) {
  check(kGroup + "{kubelet: " + kubelet + "}\n" + kNodes, where, message, hint);
}

}  // namespace

TEST_CASE("a node has what its group says, and its own answers over that") {
  const Site site = read_site(
      R"(kubelet: {reserved: {cpu: 250m, memory: 1Gi}, maxPods: 50}
nodeGroups:
  gpu-3060:
    labels: {card: "3060", room: north}
    taints: ["gpu=true:NoSchedule", "slow:NoExecute"]
    kubelet: {maxPods: 20, evictionHard: {memory.available: 1Gi}}
nodes:
  - {name: m1, address: 10.0.0.1, roles: [master]}
  - {name: g1, address: 10.0.0.2, roles: [gpu], group: gpu-3060}
  - {name: g2, address: 10.0.0.3, roles: [gpu], group: gpu-3060, labels: {room: south},
     taints: ["gpu=own:NoSchedule", "gpu:NoExecute"], kubelet: {maxPods: 30, reserved: {cpu: "1"}}}
)",
      "site.yml");
  const SiteNode& alike = site.nodes.at(1);
  CHECK(alike.group == "gpu-3060");
  CHECK(alike.labels == std::map<std::string, std::string>{{"card", "3060"}, {"room", "north"}});
  CHECK(alike.taints == std::vector<std::string>{"gpu=true:NoSchedule", "slow:NoExecute"});
  CHECK(
      json::canonical(alike.kubelet.members) ==
      R"({"evictionHard":{"memory.available":"1Gi"},"maxPods":20,"systemReserved":{"cpu":"250m","memory":"1Gi"}})");
  const SiteNode& own = site.nodes.at(2);
  CHECK(own.labels == std::map<std::string, std::string>{{"card", "3060"}, {"room", "south"}});
  CHECK(own.taints == std::vector<std::string>{"gpu=own:NoSchedule", "gpu:NoExecute", "slow:NoExecute"});
  CHECK(
      json::canonical(own.kubelet.members) ==
      R"({"evictionHard":{"memory.available":"1Gi"},"maxPods":30,"systemReserved":{"cpu":"1","memory":"1Gi"}})");
  CHECK(json::canonical(site.nodes.at(0).kubelet.members) ==
        R"({"maxPods":50,"systemReserved":{"cpu":"250m","memory":"1Gi"}})");
}

TEST_CASE("all answers for a kubelet are read") {
  CHECK(
      told("{topologyManagerPolicy: restricted, topologyManagerScope: pod, cpuManagerPolicy: static, "
           "memoryManagerPolicy: Static, reservedMemory: [{numaNode: 0, limits: {memory: 600Mi}}, "
           "{numaNode: 1, limits: {memory: 500Mi}}], kubeReserved: {memory: 500Mi, ephemeral-storage: 1Gi}, "
           "systemReserved: {memory: 500Mi, pid: 1000}, evictionHard: {memory.available: 100Mi, "
           "nodefs.available: 10%, imagefs.inodesFree: 2.5%, pid.available: 500}, "
           "reservedSystemCPUs: \"0-1,8\", maxPods: 253}") ==
      R"({"cpuManagerPolicy":"static","evictionHard":{"imagefs.inodesFree":"2.5%","memory.available":"100Mi",)"
      R"("nodefs.available":"10%","pid.available":"500"},"kubeReserved":{"ephemeral-storage":"1Gi","memory":"500Mi"},)"
      R"("maxPods":253,"memoryManagerPolicy":"Static","reservedMemory":[{"limits":{"memory":"600Mi"},"numaNode":0},)"
      R"({"limits":{"memory":"500Mi"},"numaNode":1}],"reservedSystemCPUs":"0-1,8","systemReserved":{"memory":"500Mi","pid":"1000"},)"
      R"("topologyManagerPolicy":"restricted","topologyManagerScope":"pod"})");
}

TEST_CASE("numa is short for the topology policy, and for whole cores where some are kept free") {
  CHECK(told("{numa: restricted, reserved: {cpu: 1}}") ==
        R"({"systemReserved":{"cpu":"1"},"topologyManagerPolicy":"restricted"})");
  CHECK(told("{numa: single-numa-node}") == R"({"topologyManagerPolicy":"single-numa-node"})");
  const std::string whole =
      R"({"cpuManagerPolicy":"static","systemReserved":{"cpu":"1"},"topologyManagerPolicy":"single-numa-node"})";
  CHECK(told("{numa: single-numa-node, reserved: {cpu: 1}}") == whole);
  CHECK(told("{}", "{reserved: {cpu: 1}}", "{numa: single-numa-node}") == whole);
  CHECK(
      told("{cpuManagerPolicy: none}", "{reserved: {cpu: 1}}", "{numa: single-numa-node}") ==
      R"({"cpuManagerPolicy":"none","systemReserved":{"cpu":"1"},"topologyManagerPolicy":"single-numa-node"})");
  CHECK(told("{topologyManagerPolicy: restricted}", "{}", "{numa: single-numa-node, reserved: {cpu: 1}}") ==
        R"({"systemReserved":{"cpu":"1"},"topologyManagerPolicy":"restricted"})");
}

TEST_CASE("a nearer answer takes the place of one that says the same in other words") {
  CHECK(told("{reservedSystemCPUs: \"0\"}", "{}", "{reserved: {cpu: 1, memory: 1Gi}}") ==
        R"({"reservedSystemCPUs":"0","systemReserved":{"memory":"1Gi"}})");
  CHECK(told("{reservedSystemCPUs: \"0\"}", "{kubeReserved: {cpu: 500m}}") ==
        R"({"kubeReserved":{"cpu":"500m"}})");
  const std::string pinned =
      "{memoryManagerPolicy: Static, reservedMemory: [{numaNode: 0, limits: {memory: 100Mi}}]}";
  CHECK(told(pinned, "{memoryManagerPolicy: None}") == R"({"memoryManagerPolicy":"None"})");
  CHECK(told("{reserved: {memory: 1Gi}}", "{reservedMemory: [{numaNode: 0, limits: {memory: 1124Mi}}]}",
             pinned) ==
        R"({"memoryManagerPolicy":"Static","reservedMemory":[{"limits":{"memory":"1124Mi"},"numaNode":0}],)"
        R"("systemReserved":{"memory":"1Gi"}})");
}

TEST_CASE("groups have names, members, and no more keys than they may have") {
  check("nodeGroups: {GPU: {}}\n" + kNodes, "1:14", "'GPU' is not a name for a group of nodes", "gpu-3060");
  check(kNodes, "3:56", "there is no group 'g' of nodes", "nodeGroups: {g:");
  check("nodeGroups: {h: {}, i: {}}\n" + kNodes, "4:56", "there is no group 'g' of nodes", "are h, i");
  check("nodeGroups: {g: {}, h: {}}\n" + kNodes, "1:21", "no node is in the group 'h'",
        "'group: h' on a node");
  check(kGroup + "{label: {}}\n" + kNodes, "2:7", "unknown key 'label' in the group 'g'", "labels");
  check(kGroup + "{taints: [x]}\n" + kNodes, "2:16", "'x' is not a taint", "KEY=VALUE:EFFECT");
  check(kGroup + "{labels: {a b: c}}\n" + kNodes, "2:16", "'a b' is not a key for a label", "DNS name");
  check(
      kGroup +
          "{taints: [\"a:NoSchedule\"]}\nnodes: [{name: g1, address: 10.0.0.2, roles: [master], group: g}]\n",
      "3:9",
      "every node has a taint, so that there is no place for CoreDNS and for what the components bring",
      "expected a node without one");
}

TEST_CASE("each answer for a kubelet has its grammar, and is refused at its own place") {
  check_told("{numa: one}", "2:23", "'one' is not a value for 'numa'", "single-numa-node");
  check_told("{cpuManagerPolicy: Static}", "2:35", "'Static' is not a value for 'cpuManagerPolicy'",
             "none, static");
  check_told("{memoryManagerPolicy: static}", "2:38", "'static' is not a value for 'memoryManagerPolicy'",
             "None, Static");
  check_told("{topologyManagerScope: node}", "2:39", "'node' is not a value for 'topologyManagerScope'",
             "container, pod");
  check_told("{maxPod: 1}", "2:17", "unknown key 'maxPod' in 'kubelet'", "maxPods");
  for (const char* pods : {"0", "254", "-1", "08", "1.5", "x"}) {
    check_told("{maxPods: " + std::string(pods) + "}", "2:26",
               "'" + std::string(pods) + "' is not a number of pods", "1 to 253");
  }
  check_told("{kubeReserved: {cpu: 1Gi}}", "2:37", "'1Gi' is not an amount of processors", "500m");
  check_told("{systemReserved: {memory: 5x}}", "2:42", "'5x' is not an amount of memory", "500Mi");
  check_told("{systemReserved: {pid: 1Ki}}", "2:39", "'1Ki' is not a number", "1000");
  check_told("{systemReserved: {hugepages-2Mi: 1Gi}}", "2:34",
             "unknown key 'hugepages-2Mi' in 'systemReserved'", "cpu");
  check_told("{reserved: {pid: 1}}", "2:28", "unknown key 'pid' in 'reserved'", "cpu");
  check_told("{evictionHard: {memory.available: 100%}}", "2:50", "'100%' is not a percentage",
             "less than 100");
  check_told("{evictionHard: {memory.available: 0%}}", "2:50", "'0%' is not a percentage", "more than 0");
  check_told("{evictionHard: {pid.available: 1Gi}}", "2:47", "'1Gi' is not a number", "1000");
  check_told("{evictionHard: {disk.available: 1Gi}}", "2:32",
             "unknown key 'disk.available' in 'evictionHard'", "available");
  for (const char* list : {"1-0", "0,0", "1,0", "a", "0-", "8192", "0 ", "0,,1"}) {
    check_told("{reservedSystemCPUs: \"" + std::string(list) + "\"}", "2:37",
               "'" + std::string(list) + "' is not a list of processors", "0-1,8");
  }
  check_told("{reservedMemory: [{numaNode: 1024, limits: {memory: 1Gi}}]}", "2:45",
             "'1024' is not the number of a NUMA node", "0 or 1");
  check_told("{reservedMemory: [{numaNode: 0, limits: {memory: 1Gi, hugepages-1Gi: 1Gi}}]}", "2:70",
             "unknown key 'hugepages-1Gi' in 'limits'", "keys here are memory");
  check_told("{reservedMemory: [{numaNode: 0, limits: {memory: 1Gi}}, {numaNode: 0, limits: {memory: 1Gi}}]}",
             "2:83", "NUMA node 0 has two rows", "one of each");
}

TEST_CASE("two answers of one mapping that say the same are refused") {
  check_told("{numa: none, topologyManagerPolicy: restricted}", "2:52",
             "topologyManagerPolicy is asked for twice", "short for");
  check_told("{reserved: {cpu: 1}, systemReserved: {cpu: 1}}", "2:53", "systemReserved is asked for twice",
             "short for");
  check_told("{kubeReserved: {cpu: 1}, reservedSystemCPUs: \"0\"}", "2:61",
             "reservedSystemCPUs takes the place of cpu in kubeReserved", "one of the two");
}

TEST_CASE("the static policy for processors needs some that are kept for the system") {
  check_told(
      "{cpuManagerPolicy: static, reserved: {memory: 1Gi}}", "2:35",
      "cpuManagerPolicy static of the node 'g1' (group g) needs processors that are kept for the system, "
      "and there are none",
      "systemReserved: {cpu: 500m}");
  CHECK_NOTHROW(told("{cpuManagerPolicy: static, kubeReserved: {cpu: 1m}}"));
  CHECK_NOTHROW(told("{cpuManagerPolicy: static, reservedSystemCPUs: \"0\"}"));
  // Of a host without a list of nodes as well, and of nobody where every node says more.
  check("kubelet: {cpuManagerPolicy: static}\n", "1:29",
        "cpuManagerPolicy static of this host needs processors that are kept for the system, and there are "
        "none",
        "500m");
  CHECK_NOTHROW(told("{reserved: {cpu: 1}}", "{}", "{cpuManagerPolicy: static}"));
}

TEST_CASE("the static policy for memory needs the same sum on both sides") {
  // As the document on NUMA has it, and as it leaves out what is kept against eviction.
  const std::string reserved = "kubeReserved: {memory: 500Mi}, systemReserved: {memory: 500Mi}";
  CHECK_NOTHROW(told("{memoryManagerPolicy: Static, " + reserved +
                     ", reservedMemory: [{numaNode: 0, limits: {memory: 1100Mi}}]}"));
  check_told(
      "{memoryManagerPolicy: Static, " + reserved +
          ", reservedMemory: [{numaNode: 0, limits: {memory: 1000Mi}}]}",
      "2:126",
      "reservedMemory of the node 'g1' (group g) is 1000Mi in all, and kubeReserved 500Mi + systemReserved "
      "500Mi + evictionHard memory.available 100Mi is 1100Mi",
      "reservedMemory: [{numaNode: 0, limits: {memory: 1100Mi}}]");
  check_told(
      "{memoryManagerPolicy: Static}", "2:38",
      "reservedMemory of the node 'g1' (group g) is 0Mi in all, and kubeReserved 0 + systemReserved 0 + "
      "evictionHard memory.available 100Mi is 100Mi",
      "100Mi");
  CHECK_NOTHROW(
      told("{memoryManagerPolicy: Static, evictionHard: {memory.available: 1G}, "
           "reservedMemory: [{numaNode: 0, limits: {memory: 1000000000}}]}"));
  check_told(
      "{memoryManagerPolicy: Static, evictionHard: {memory.available: 5%}}", "2:60",
      "memoryManagerPolicy Static of the node 'g1' (group g) needs an amount, and memory.available is 5%",
      "100Mi");
  check_told("{reservedMemory: [{numaNode: 0, limits: {memory: 100Mi}}]}", "2:33",
             "reservedMemory of the node 'g1' (group g) has no effect without memoryManagerPolicy: Static",
             "both or neither");
}

}  // namespace bundle::site
