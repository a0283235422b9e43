#include "steps/executor.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "host/host.hpp"
#include "host/state_folder.hpp"
#include "steps/logging_runner.hpp"

namespace bundle::steps {
namespace {

/// The member of `before` that says what an action is about to write: it follows the action, all else in a
/// change follows what was there first.
constexpr const char* kOurs = "ours";

/// Before it, the journal kept a digest of the words for people, which says nothing about what was done.
constexpr std::string_view kIdentity = "sha256:";

bool is_done(Context& context, const Step& step) {
  return std::all_of(step.actions.begin(), step.actions.end(),
                     [&](const auto& action) { return action->is_done(context); });
}

bool is_undone(const StepRecord* record) { return record == nullptr || record->state == StepState::undone; }

/// Whether the step was done with other inputs than these, or has begun with others since. Where the journal
/// cannot tell, the host alone does.
bool has_changed(const StepRecord* record, const std::string& inputs) {
  return !is_undone(record) && record->done_inputs.starts_with(kIdentity) &&
         (record->done_inputs != inputs || record->inputs != inputs);
}

/// What the actions of the step work with: its record, unless that was undone, and a way to note more.
Context context_of(host::Host& host, const Step& step, Journal& journal) {
  const auto note = [&host, &journal, id = step.id](const json::Value& what) {
    journal.mark(id, what, host.now());
  };
  const StepRecord* record = journal.find(step.id);
  if (is_undone(record)) {
    return Context(host, {}, {}, note);
  }
  return Context(host, record->changes, record->marks, note);
}

/// Puts what was there first into a change that an action has just captured: on a second try that is not what
/// lies there now.
void take_earlier(Change& change, std::vector<Change>& earlier) {
  const auto found = std::find_if(earlier.begin(), earlier.end(), [&](const Change& other) {
    return other.type == change.type && other.key == change.key;
  });
  if (found == earlier.end()) {
    return;
  }
  const auto ours = change.before.find(kOurs);
  if (ours != change.before.end()) {
    found->before[kOurs] = ours->second;
  }
  change.before = std::move(found->before);
  earlier.erase(found);
}

/// What undo needs of a step. Changes of an earlier try that the step no longer makes come first, so that
/// they are undone last.
std::vector<Change> capture(Context& context, const Step& step, const StepRecord* record) {
  std::vector<Change> earlier;
  if (!is_undone(record)) {
    earlier = record->changes;
  }
  std::vector<Change> changes;
  for (const auto& action : step.actions) {
    Change change = action->capture(context);
    take_earlier(change, earlier);
    changes.push_back(std::move(change));
  }
  changes.insert(changes.begin(), std::make_move_iterator(earlier.begin()),
                 std::make_move_iterator(earlier.end()));
  return changes;
}

/// It is all there: only the journal's word was missing where it was cut off between the last write and that.
void finish(Context& context, const Step& step, Journal& journal) {
  const StepRecord* record = journal.find(step.id);
  if (is_undone(record) || record->state == StepState::done) {
    return;
  }
  for (const auto& action : step.actions) {
    action->verify(context);
  }
  ::sync();
  journal.done(step.id, 0, context.host.now());
}

/// Probes, captures, applies and verifies one step.
StepResult::Outcome run_step(host::Host& host, const Step& step, Journal& journal, LoggingRunner& log) {
  const std::string inputs = inputs_of(step);
  Context context = context_of(host, step, journal);
  const bool is_other = has_changed(journal.find(step.id), inputs);
  if (!is_other && is_done(context, step)) {
    finish(context, step, journal);
    return StepResult::Outcome::already_done;
  }
  log.start_writing();
  const auto began = host.steady();
  journal.begin(step.id, inputs, capture(context, step, journal.find(step.id)), host.now(), step.needs);
  context.begun(journal.find(step.id)->changes);
  for (const auto& action : step.actions) {
    check_interrupt();
    if (is_other || !action->is_done(context)) {
      action->apply(context);
    }
    action->verify(context);
  }
  // Programs do not sync what they write; a step that the journal calls done must survive a power cut.
  ::sync();
  journal.done(step.id, std::chrono::duration_cast<std::chrono::seconds>(host.since(began)).count(),
               host.now());
  return StepResult::Outcome::done;
}

/// Who stops, or has to boot first, goes on where the step is.
bool is_failure(const Error& error) {
  return error.kind() != ErrorKind::interrupted && error.kind() != ErrorKind::reboot;
}

/// A journal that does not take it (a full disk is why steps fail) must not hide why the step failed.
void note_failure(host::Host& host, Journal& journal, const std::string& step, const Error& failure) {
  try {
    journal.failed(step, failure.message(), host.now());
  } catch (const Error& error) {
    host.log.warn(fmt::format("the journal does not say that step {} failed: {}", step, error.message()));
  }
}

Error explain(const Step& step, Error error) {
  error.add_context(fmt::format("in step {} ({})", step.id, step.title));
  error.add_context("writing the log " + host::log_path(step.id));
  if (error.hint().empty()) {
    error.set_hint(step.hint);
  }
  return error;
}

}  // namespace

std::string inputs_of(const Step& step) {
  json::Array inputs;
  for (const auto& action : step.actions) {
    inputs.push_back(action->inputs());
  }
  return std::string(kIdentity) + sha256_hex(json::canonical(inputs));
}

std::string plan_text(const Plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    text += fmt::format("{}. {}: {}\n", i + 1, plan[i].id, plan[i].title);
    for (const auto& action : plan[i].actions) {
      std::string lines = action->describe();
      for (std::size_t begin = 0; begin < lines.size();) {
        const std::size_t end = lines.find('\n', begin);
        text += "   " + lines.substr(begin, end - begin) + "\n";
        begin = end == std::string::npos ? lines.size() : end + 1;
      }
    }
  }
  return text;
}

std::vector<StepResult> execute(host::Host& host, const Plan& plan, Journal& journal) {
  std::vector<StepResult> results;
  for (const Step& step : plan) {
    check_interrupt();
    host.log.info(fmt::format("step {}/{} {}: {}", results.size() + 1, plan.size(), step.id, step.title));
    LoggingRunner runner(host, step.id);
    host::Host logged = host.with(runner);
    const auto began = host.steady();
    StepResult result{.id = step.id, .title = step.title};
    try {
      result.outcome = run_step(logged, step, journal, runner);
    } catch (const Error& error) {
      if (journal.find(step.id) != nullptr && is_failure(error)) {
        note_failure(host, journal, step.id, error);
      }
      throw explain(step, error);
    }
    result.seconds = std::chrono::duration<double>(host.since(began)).count();
    results.push_back(std::move(result));
  }
  return results;
}

namespace {

void undo_step(host::Host& host, Journal& journal, const std::string& id, UndoTable table) {
  // A copy: the journal's own record changes below.
  const std::vector<Change> changes = journal.find(id)->changes;
  host.log.info("undoing " + id);
  LoggingRunner runner(host, id);
  host::Host logged = host.with(runner);
  runner.start_writing();
  journal.undoing(id, host.now());
  try {
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      check_interrupt();
      undo_change(logged, *change, table);
    }
  } catch (Error& error) {
    error.add_context(fmt::format("undoing step {}", id));
    error.add_context("writing the log " + host::log_path(id));
    throw;
  }
  ::sync();
  journal.undone(id, host.now());
}

/// Steps that build on this one, also by way of others, the last one first: as they are to be undone before.
/// Where the journal did not keep it (up to version 0.1.0) all that came later does.
std::vector<std::string> built_on(const Journal& journal, const std::string& step) {
  std::set<std::string> below{step};
  const auto is_built = [&](const StepRecord& record, bool is_later) {
    return record.needs ? std::any_of(record.needs->begin(), record.needs->end(),
                                      [&](const std::string& id) { return below.contains(id); })
                        : is_later;
  };
  for (std::size_t known = 0; known < below.size();) {
    known = below.size();
    bool is_later = false;
    for (const StepRecord& record : journal.steps()) {
      if (record.state != StepState::undone && is_built(record, is_later)) {
        below.insert(record.id);
      }
      is_later |= record.id == step;
    }
  }
  std::vector<std::string> ids;
  for (const StepRecord& record : journal.steps()) {
    if (record.id != step && below.contains(record.id)) {
      ids.insert(ids.begin(), record.id);
    }
  }
  return ids;
}

void refuse_to_undermine(const Journal& journal, const std::string& step) {
  const std::vector<std::string> ids = built_on(journal, step);
  if (!ids.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("the step '{}' cannot be undone alone: {} {} on it", step, join(ids, ", "),
                            ids.size() == 1 ? "builds" : "build"),
                "undo in this order: " + join(ids, ", ") + ", " + step +
                    "; or all: bundle undo --all; or this one all the same: bundle undo --force " + step);
  }
}

/// Ids of what has begun and is not undone, the last one first.
std::vector<std::string> begun_steps(const host::Host& host, const Journal& journal,
                                     const std::string& step) {
  std::vector<std::string> ids;
  for (const StepRecord& record : journal.steps()) {
    if (record.state == StepState::undone || (!step.empty() && record.id != step)) {
      continue;
    }
    if (record.has_begin) {
      ids.insert(ids.begin(), record.id);
      continue;
    }
    const std::string words = fmt::format("what step {} changed cannot be read in the journal", record.id);
    if (!step.empty()) {
      throw Error(ErrorKind::integrity, words, "undo it by hand; its log: " + host::log_path(step));
    }
    host.log.warn(words + ": it is left as it is; its log: " + host::log_path(record.id));
  }
  if (ids.empty() && !step.empty()) {
    throw Error(ErrorKind::usage, fmt::format("no step '{}' has been done here", step),
                "bundle status shows which ones have");
  }
  return ids;
}

}  // namespace

std::vector<std::string> steps_to_undo(const host::Host& host, const Journal& journal,
                                       const std::string& step, Undermine undermine) {
  std::vector<std::string> ids = begun_steps(host, journal, step);
  if (!step.empty() && undermine == Undermine::no) {
    refuse_to_undermine(journal, step);
  }
  return ids;
}

void undo_steps(host::Host& host, Journal& journal, const std::vector<std::string>& ids, UndoTable table) {
  for (const std::string& id : ids) {
    undo_step(host, journal, id, table);
  }
}

}  // namespace bundle::steps
