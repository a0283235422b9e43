#include "steps/logging_runner.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "host/state_folder.hpp"

namespace bundle::steps {

LoggingRunner::LoggingRunner(const host::Host& host, std::string_view step)
    : inner_(host.runner), file_(host.at(host::log_path(step))) {}

CommandResult LoggingRunner::run(const Command& command) {
  append("$ " + to_string(command) + "\n");
  CommandResult result = inner_.run(command);
  append(result.out + result.err + fmt::format("-> {}\n", result.status));
  return result;
}

void LoggingRunner::start_writing() {
  is_writing_ = true;
  append(std::exchange(held_, {}));
}

void LoggingRunner::append(const std::string& text) {
  if (!is_writing_) {
    held_ += text;
    return;
  }
  std::error_code ignored;
  std::filesystem::create_directories(file_.parent_path(), ignored);
  const UniqueFd fd(::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  for (std::string_view rest = text; fd && !rest.empty();) {
    const ssize_t put = ::write(fd.get(), rest.data(), rest.size());
    if (put <= 0) {
      return;
    }
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace bundle::steps
