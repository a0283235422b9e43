#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "spec/component_network.hpp"

namespace bundle::host {

/// Port to the inode of the socket that listens there. Source: proc(5), /proc/net/tcp: state 0A listens, an
/// unconnected UDP socket has 07.
std::map<std::uint64_t, std::string> listeners(const Host& host, spec::Transport transport);

/// A command that ends well when somebody takes a TCP connection there within three seconds.
std::vector<std::string> connect_command(const std::string& address, const std::string& port);

/// `nginx (pid 812)`: the process that holds the socket; empty when it cannot be seen.
std::string owner_of(const Host& host, const std::string& inode);

}  // namespace bundle::host
