#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "survey/api.hpp"
#include "survey/expected.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// What this host lacks of the images for its roles, by its containerd.
NodeImages own_images(const host::Host& host, const Expected& expected);

/// What another node lacks, by the list that its kubelet keeps up to date in the API, where that is whole: of
/// a master the images for masters; of others those that worker and gpu both need, as the API does not say
/// which of them a node is.
NodeImages node_images(const Node& node, const Expected& expected);

/// Containers that wait for an image which their node does not get.
Known<std::vector<WaitingPod>> waiting_pods(const Api& api);

}  // namespace bundle::survey
