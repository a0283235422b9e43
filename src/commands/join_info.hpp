#pragma once

#include <string>

#include "commands/session.hpp"

namespace bundle::commands {

struct JoinInfoOptions {
  std::string role;        ///< master, worker or gpu
  std::string ttl = "2h";  ///< `90m`, `2h`, `1d`
  std::string out = "join.yml";
  std::string passphrase_file;  ///< of JOIN.key, `-` for stdin; empty: asked for
};

/// `bundle join-info`: on a master, makes join.yml and, for masters, JOIN.key beside it, both 0600.
void join_info(Session& session, const JoinInfoOptions& options);

}  // namespace bundle::commands
