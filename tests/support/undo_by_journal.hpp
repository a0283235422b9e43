#pragma once

#include <string>
#include <vector>

#include "steps/executor.hpp"

namespace bundle::test {

/// Undoes what steps_to_undo names; returns that.
inline std::vector<std::string> undo(host::Host& host, steps::Journal& journal, const std::string& step,
                                     steps::UndoTable table,
                                     steps::Undermine undermine = steps::Undermine::no) {
  std::vector<std::string> ids = steps::steps_to_undo(host, journal, step, undermine);
  steps::undo_steps(host, journal, ids, table);
  return ids;
}

}  // namespace bundle::test
