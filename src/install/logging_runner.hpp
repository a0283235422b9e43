#pragma once

#include <filesystem>

#include "base/process.hpp"
#include "install/host.hpp"

namespace bundle::install {

/// The log of a step, for messages.
std::string log_path(std::string_view step);

/// Runs commands through another runner and appends what was run, its output and its status to a step's log
/// (mode 0600: kubeadm prints keys). A log that cannot be written stops nothing.
class LoggingRunner final : public CommandRunner {
 public:
  LoggingRunner(const Host& host, std::string_view step);
  CommandResult run(const Command& command) override;

 private:
  void append(const std::string& text);

  CommandRunner& inner_;
  std::filesystem::path file_;
};

}  // namespace bundle::install
