#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "steps/action.hpp"

namespace bundle::actions {

/// A change that a command makes and another one takes back.
struct CommandSpec {
  std::string key;
  std::vector<std::string> argv;
  std::function<bool(const host::Host&)> is_done;
  std::vector<std::string> undo;  ///< empty: nothing to take back
  std::chrono::seconds timeout{300};
};
std::unique_ptr<steps::Action> run_command(CommandSpec spec);

/// Change type "command".
void undo_command(host::Host& host, const steps::Change& change);

/// Something that must become true by itself within a time (a pod, a node).
struct Condition {
  std::string words;               ///< `the node master1 is Ready`
  std::vector<std::string> probe;  ///< status 0: it is so
  std::chrono::seconds timeout{600};
  std::function<std::string(const host::Host&)> diagnosis;  ///< what to show when it does not become so
  std::string hint;
};
std::unique_ptr<steps::Action> wait_for(Condition condition);

}  // namespace bundle::actions
