#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/yaml.hpp"

// `kubelet:` of a site, of a group of nodes and of a node.
namespace bundle::site {

/// What kubelets are told.
struct Kubelet {
  json::Object members;                    ///< of the KubeletConfiguration, under its own names
  std::map<std::string, Position> places;  ///< where each member is written
  bool whole_cores = false;                ///< the topology policy was asked for as `numa: single-numa-node`
};

/// What each kubelet keeps free unless it is told otherwise.
constexpr std::string_view kMemoryAvailable = "100Mi";

/// Reads `kubelet:` of a mapping, each value by its grammar. Throws Error(spec) at the place of what is
/// wrong.
Kubelet read_kubelet(yaml::Reader& reader);

/// Answers that are nearer to a node over those that are further away: amounts by resource, all else as a
/// whole. What a nearer answer makes void of the others goes.
Kubelet over(const Kubelet& nearer, Kubelet further);

/// Completes the answers of `who` (`the node 'g1'`), and checks what they say together, as the kubelet does
/// when it starts.
/// Source: Kubernetes' pkg/kubelet/cm, memorymanager/memory_manager.go (validateReservedMemory) and
/// cpumanager/cpu_manager.go (NewManager).
void settle(Kubelet& kubelet, const std::string& who);

/// What is kept for the system and for Kubernetes itself, in thousandths of a processor and in bytes.
std::uint64_t reserved_cpu(const json::Object& members);
std::uint64_t reserved_memory(const json::Object& members);
/// The rows of `reservedMemory`; none when it is not there.
const json::Array& reserved_by_numa_node(const json::Object& members);

}  // namespace bundle::site
