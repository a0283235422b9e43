#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "host/host.hpp"
#include "steps/change.hpp"

namespace bundle::steps {

/// What the actions of a step work with: the host, and what is known of this step from earlier tries, which
/// may have been cut off anywhere.
class Context {
 public:
  using Note = std::function<void(const json::Value&)>;
  /// `earlier`: the changes that undo would take back now; `marks`: what the step has noted since it last
  /// began anew; `note` keeps a further mark, on disk when it returns. `of_host` must outlive it.
  explicit Context(host::Host& of_host, std::vector<Change> earlier = {}, json::Array marks = {},
                   Note note = {});

  host::Host& host;

  /// What undo would put back: as captured before the step first wrote. Null when it never has, or when that
  /// was undone.
  const Change* captured(std::string_view type, std::string_view key) const;
  /// Oldest first.
  const json::Array& marks() const { return marks_; }
  /// Notes that a part of the step is finished and on disk.
  void mark(const json::Value& what);
  /// The step has begun: these are its changes from now on.
  void begun(std::vector<Change> changes) { changes_ = std::move(changes); }

 private:
  std::vector<Change> changes_;
  json::Array marks_;
  Note note_;
};

/// One thing that a step does to the host. Actions of a step run in order.
class Action {
 public:
  virtual ~Action() = default;
  /// For people (--dry-run): the exact file with its content, or the commands. Lines, each with a newline.
  virtual std::string describe() const = 0;
  /// What the action is, for the journal: a step that was done with other inputs is applied again. All that
  /// decides what the host looks like afterwards, content by its SHA-256; no words for people, no secrets.
  virtual json::Object inputs() const = 0;
  /// Whether the host is already as this action leaves it. Reads only; does not trust the journal.
  virtual bool is_done(Context& context) = 0;
  /// Reads what undo will need; called before the first write of the whole step. Of a second try only the
  /// member "ours" of `before` counts (what is about to be written); all else stays as it was first.
  virtual Change capture(Context& context) = 0;
  /// Idempotent: may be called again after a power cut anywhere inside, and where is_done says so already
  /// (the step was done with other inputs), also on a host that lacks what the action is about.
  virtual void apply(Context& context) = 0;
  /// Throws Error(step) saying what was seen and what was expected. By default: is_done.
  virtual void verify(Context& context);
};

}  // namespace bundle::steps
