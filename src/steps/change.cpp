#include "steps/change.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace bundle::steps {

void undo_change(host::Host& host, const Change& change, UndoTable table) {
  const auto row =
      std::find_if(table.begin(), table.end(), [&](const UndoRow& one) { return one.type == change.type; });
  if (row == table.end()) {
    fail(ErrorKind::integrity, "this version cannot undo a change of type '{}' ({})", change.type,
         change.key);
  }
  row->undo(host, change);
}

}  // namespace bundle::steps
