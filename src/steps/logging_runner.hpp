#pragma once

#include <filesystem>

#include "base/process.hpp"
#include "host/host.hpp"

namespace bundle::steps {

/// Runs commands through another runner and appends what was run, its output and its status to a step's log
/// (mode 0600: kubeadm prints keys), from `start_writing` on with all that was run before: a step that only
/// looks leaves no trace. A log that cannot be written stops nothing.
class LoggingRunner final : public CommandRunner {
 public:
  LoggingRunner(const host::Host& host, std::string_view step);
  CommandResult run(const Command& command) override;
  void start_writing();

 private:
  void append(const std::string& text);

  CommandRunner& inner_;
  std::filesystem::path file_;
  std::string held_;
  bool is_writing_ = false;
};

}  // namespace bundle::steps
