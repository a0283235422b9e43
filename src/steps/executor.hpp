#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "steps/journal.hpp"
#include "steps/step.hpp"

namespace bundle::steps {

/// What became of a step.
struct StepResult {
  std::string id;
  std::string title;
  enum class Outcome { done, already_done } outcome = Outcome::done;
  double seconds = 0;
};

/// Exact files and commands of every step, for people.
std::string plan_text(const Plan& plan);

/// Runs the steps in order. Each is probed first; what undo needs is in the journal and on disk before its
/// first write; it is verified and synced before it counts as done. Output of commands goes to a file per
/// step below /var/lib/bundle/log. The first failure is journalled and thrown, with the log's path.
std::vector<StepResult> execute(host::Host& host, const Plan& plan, Journal& journal);

/// Whether a step is undone although others build on it.
enum class Undermine { no, yes };

/// Ids of what is to be undone, in that order: by the journal every step that has begun, the last one first
/// (empty `step`), or exactly this one. A step whose beginning the journal has lost is left, with a warning;
/// as the one that is asked for it is Error(integrity). Throws Error(usage) for a step that the journal does
/// not have, and for one that others, which it names, build on, unless it is to be undermined.
std::vector<std::string> steps_to_undo(const host::Host& host, const Journal& journal,
                                       const std::string& step, Undermine undermine = Undermine::no);

/// Undoes these, as `table` says.
void undo_steps(host::Host& host, Journal& journal, const std::vector<std::string>& ids, UndoTable table);

}  // namespace bundle::steps
