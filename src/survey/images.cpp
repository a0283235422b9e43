#include "survey/images.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "deliver/ctr.hpp"
#include "deliver/image_names.hpp"

namespace bundle::survey {
namespace {

/// Source: pkg/kubelet/images/types.go.
constexpr std::array<std::string_view, 5> kImageReasons{
    "ErrImageNeverPull", "ErrImagePull", "ImageInspectError", "ImagePullBackOff", "InvalidImageName"};

/// Of each image that is lacking one name, by tag where it has one.
std::vector<std::string> shown(std::vector<std::string> names) {
  const auto is_by_digest = [](const std::string& name) { return name.find('@') != std::string::npos; };
  if (!std::all_of(names.begin(), names.end(), is_by_digest)) {
    std::erase_if(names, is_by_digest);
  }
  return names;
}

/// Those of both kinds of nodes that are no masters.
std::vector<deliver::ImageName> workers_names(const format::Index& index) {
  std::vector<deliver::ImageName> names = deliver::image_names(index, {"worker"});
  std::set<std::string> of_gpu;
  for (const deliver::ImageName& name : deliver::image_names(index, {"gpu"})) {
    of_gpu.insert(name.name);
  }
  std::erase_if(names, [&](const deliver::ImageName& name) { return !of_gpu.contains(name.name); });
  return names;
}

void add_waiting(std::vector<WaitingPod>& waiting, const json::Value& pod, std::string_view list) {
  const json::Value& metadata = json::member_at(pod, "metadata");
  for (const json::Value& container : json::rows_at(json::member_at(pod, "status"), list)) {
    const json::Value& state = json::member_at(json::member_at(container, "state"), "waiting");
    if (is_in(kImageReasons, json::text_at(state, "reason"))) {
      waiting.push_back(
          {.node = word_at(json::member_at(pod, "spec"), "nodeName"),
           .pod = fmt::format("{}/{}", word_at(metadata, "namespace"), word_at(metadata, "name")),
           .image = word_at(container, "image"),
           .reason = word_at(state, "reason")});
    }
  }
}

}  // namespace

NodeImages own_images(const host::Host& host, const Expected& expected) {
  NodeImages images{.node = expected.node, .lacking = {.value = {}, .why_not = expected.index.why_not}};
  if (!expected.index.value) {
    return images;
  }
  try {
    const deliver::KnownImages known = deliver::known_images(host);
    std::vector<std::string> names;
    for (const deliver::ImageName& wanted : deliver::image_names(*expected.index.value, expected.roles)) {
      const auto found = known.find(wanted.name);
      if (found == known.end() || found->second.digest != wanted.digest || !found->second.is_complete) {
        names.push_back(wanted.name);
      }
    }
    images.lacking.value = shown(std::move(names));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) {
      throw;
    }
    images.lacking.why_not = "containerd does not answer: " + error.message();
  }
  return images;
}

NodeImages node_images(const Node& node, const Expected& expected) {
  NodeImages images{.node = node.host.name, .lacking = {.value = {}, .why_not = expected.index.why_not}};
  if (!expected.index.value) {
    return images;
  }
  if (!node.images) {
    images.lacking.why_not = "its kubelet lists too many images, or none, for its list to be whole";
    return images;
  }
  const std::set<std::string> has(node.images->begin(), node.images->end());
  std::vector<std::string> names;
  for (const deliver::ImageName& wanted : node.is_master()
                                              ? deliver::image_names(*expected.index.value, {"master"})
                                              : workers_names(*expected.index.value)) {
    if (!has.contains(wanted.name)) {
      names.push_back(wanted.name);
    }
  }
  images.lacking.value = shown(std::move(names));
  return images;
}

Known<std::vector<WaitingPod>> waiting_pods(const Api& api) {
  // A pod of which a container never had its image is Pending; that spares the list of all pods.
  // Source: pkg/kubelet/kubelet_pods.go, getPhase.
  const Known<json::Value> list = api.get(
      {"pods", "--all-namespaces", "--field-selector=status.phase=Pending"}, "the pods of the cluster");
  if (!list.value) {
    return {.value = {}, .why_not = list.why_not};
  }
  std::vector<WaitingPod> waiting;
  for (const json::Value& pod : json::rows_at(*list.value, "items")) {
    add_waiting(waiting, pod, "initContainerStatuses");
    add_waiting(waiting, pod, "containerStatuses");
  }
  return {.value = std::move(waiting), .why_not = {}};
}

}  // namespace bundle::survey
