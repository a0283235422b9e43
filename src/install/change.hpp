#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "install/host.hpp"

namespace bundle::install {

/// What was on the host before an action, with all that undo needs: it must be possible without the bundle.
/// `type` says who can undo it; `key` tells actions of one step apart.
struct Change {
  std::string type;
  std::string key;
  json::Object before;
  bool operator==(const Change&) const = default;
};

/// Puts back what was there before. Idempotent. What somebody else has changed since is left, with a warning
/// on `host.log`. Throws Error(step) when it fails, Error(integrity) for a type that this program does not
/// know.
void undo_change(Host& host, const Change& change);

/// One thing that a step does to the host. Actions of a step run in order.
class Action {
 public:
  virtual ~Action() = default;
  /// For --dry-run: the exact file with its content, or the commands. Lines, each with a newline. It also
  /// decides whether a step that was done is still the same one.
  virtual std::string describe() const = 0;
  /// Whether the host is already as this action leaves it. Reads only; does not trust the journal.
  virtual bool is_done(Host& host) = 0;
  /// Reads what undo will need; called before the first write of the whole step.
  virtual Change capture(Host& host) = 0;
  /// Idempotent: may be called again after a power cut anywhere inside.
  virtual void apply(Host& host) = 0;
  /// Throws Error(step) saying what was seen and what was expected. By default: is_done.
  virtual void verify(Host& host);
};

}  // namespace bundle::install
