#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "cluster/node.hpp"
#include "site/site.hpp"

// What site.yml wants a node to bear, and how far a Node object is from it.
namespace bundle::nodes {

/// Labels and taints of a node.
struct Marks {
  std::string node;
  std::map<std::string, std::string> labels;
  std::vector<std::string> taints;  ///< `key=value:Effect`
};

/// Of this node, and of all nodes of the site.
Marks marks_of(const cluster::ThisNode& node);
std::vector<Marks> marks_of(const site::Site& site, const cluster::ThisNode& node);

/// Whose credential is at hand.
enum class Rights { administrator, kubelet };

/// Whether a kubelet may set this label of its own node.
/// Source: Kubernetes' plugin/pkg/admission/noderestriction/admission.go, getForbiddenLabels;
/// k8s.io/kubelet/pkg/apis/well_known_labels.go.
bool may_kubelet_label(std::string_view key);

struct Difference {
  json::Object patch;               ///< RFC 7396, of the Node; empty: all is as it should be
  std::vector<std::string> denied;  ///< `label a=b`, `taint k:NoSchedule -`: what these rights may not change
};

/// What makes a Node bear its marks. What an earlier site.yml asked for and this one does not is taken away:
/// the annotation kMarks says which labels and taints are ours. All others stay.
/// `node`: as the API server has it. A kubelet may change no taint of its node.
Difference difference(const json::Value& node, const Marks& wanted, Rights rights);

constexpr std::string_view kMarks = "bundle-system/marks";

}  // namespace bundle::nodes
