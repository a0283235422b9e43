#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "host/host.hpp"

namespace bundle::steps {

/// What was on the host before an action, with all that undo needs: it must be possible without the bundle.
/// `type` says who can undo it; `key` tells actions of one step apart.
struct Change {
  std::string type;
  std::string key;
  json::Object before;
  bool operator==(const Change&) const = default;
};

/// The member "ours" of `before` where one text (a digest, a name) says what the step writes: the new one,
/// behind those of earlier tries, which a cut may have left on the host. `earlier`: the change as captured so
/// far, or null.
json::Value ours_after(const Change* earlier, const std::string& text);
/// Whether the step has written, or was about to write, what this text says.
bool is_ours(const Change& change, const std::string& text);

/// Puts back what was there before a change. Idempotent. What somebody else has changed since is left, with a
/// warning on `host.log`. Throws Error(step) when it fails.
using Undo = void (*)(host::Host& host, const Change& change);

/// Who can undo which type of change.
struct UndoRow {
  std::string_view type;
  Undo undo;
};
using UndoTable = std::span<const UndoRow>;

/// Undoes a change by the row of its type. Throws Error(integrity) for a type that the table does not have.
void undo_change(host::Host& host, const Change& change, UndoTable table);

}  // namespace bundle::steps
