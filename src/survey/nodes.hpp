#pragma once

#include <vector>

#include "host/host.hpp"
#include "survey/api.hpp"
#include "survey/picture.hpp"

namespace bundle::survey {

/// The nodes of the cluster, in the API server's order.
Known<std::vector<Node>> nodes_of(const Api& api);

/// The masters whose etcd can be asked: `own`, then the others that are Ready.
std::vector<std::string> askable_masters(const std::string& own, const std::vector<Node>& nodes);

/// What the API server of a master says at its own address, and its certificate.
struct ServerAnswer {
  ApiServer server;
  Certificate certificate;
};
ServerAnswer ask_server(const host::Host& host, const Host& master);

}  // namespace bundle::survey
