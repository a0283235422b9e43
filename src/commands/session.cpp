#include "commands/session.hpp"

#include <cerrno>
#include <cstdio>

#include "base/error.hpp"

namespace bundle::commands {

void Session::print(std::string_view data) {
  if (out != nullptr) {
    out->append(data);
    return;
  }
  if (std::fwrite(data.data(), 1, data.size(), stdout) != data.size() || std::fflush(stdout) != 0) {
    fail_errno("write", "the output", errno);
  }
}

}  // namespace bundle::commands
