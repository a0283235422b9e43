#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/process.hpp"

namespace bundle::test {

/// Answers programs from a table, and remembers what was run. A program without an answer is not there
/// (Error(usage), as the real runner says). Several threads may run programs.
class FakeRunner final : public CommandRunner {
 public:
  using Answer = std::function<CommandResult(const Command&)>;

  /// Commands whose argv begins with these words get this answer; the longest such row wins, and the latest
  /// of equals.
  void on(std::vector<std::string> words, CommandResult result);
  void on(std::vector<std::string> words, Answer answer);

  CommandResult run(const Command& command) override;

  /// What was run, a line each, as a person would type it.
  const std::vector<std::string>& ran() const { return ran_; }

 private:
  struct Row {
    std::vector<std::string> words;
    Answer answer;
  };
  std::mutex mutex_;
  std::vector<Row> rows_;
  std::vector<std::string> ran_;
};

}  // namespace bundle::test
