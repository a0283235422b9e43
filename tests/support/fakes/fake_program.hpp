#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "support/fake_runner.hpp"

namespace bundle::test {

/// A world as sorted lines. Keys that begin with `history ` say what was done (how often a unit started), not
/// what is: undo does not take them back.
using WorldState = std::map<std::string, std::string>;

/// A program with a state that its commands change. It models the commands that our code runs, in the words
/// of the real one; a command that it does not know fails and is remembered.
class FakeProgram {
 public:
  FakeProgram() = default;
  FakeProgram(const FakeProgram&) = delete;
  FakeProgram& operator=(const FakeProgram&) = delete;
  virtual ~FakeProgram() = default;

  /// Registers the program's rows. The fake must outlive `runner`'s use.
  virtual void answer(FakeRunner& runner) = 0;
  /// Adds its state.
  virtual void describe(WorldState& state) const = 0;

  std::vector<std::string> unknown;      ///< commands that nobody modelled
  std::function<void()> midway = [] {};  ///< called where longer work is half done: a power cut may come

 protected:
  using Reply = std::function<CommandResult(const Command&)>;
  /// Has `reply` answer what begins with `words`, one command at a time.
  void on(FakeRunner& runner, std::vector<std::string> words, Reply reply);
  /// For a command that is not modelled.
  CommandResult refuse(const Command& command);

 private:
  std::mutex mutex_;
};

/// Answers, in short.
inline CommandResult said(std::string out) { return {.out = std::move(out)}; }
inline CommandResult failed(int status, std::string err) {
  return {.status = status, .out = "", .err = std::move(err)};
}

}  // namespace bundle::test
