#include "steps/change.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace bundle::steps {

namespace {

/// One text, as journals have it where there was no other, or several.
std::vector<std::string> texts_of(const Change& change) {
  const std::string one = json::text_at(change.before, "ours");
  return one.empty() ? json::texts_at(change.before, "ours") : std::vector<std::string>{one};
}

}  // namespace

json::Value ours_after(const Change* earlier, const std::string& text) {
  std::vector<std::string> all = earlier == nullptr ? std::vector<std::string>() : texts_of(*earlier);
  std::erase(all, text);
  if (all.empty()) {
    return text;
  }
  all.push_back(text);
  return json::Array(all.begin(), all.end());
}

bool is_ours(const Change& change, const std::string& text) {
  const std::vector<std::string> all = texts_of(change);
  return std::find(all.begin(), all.end(), text) != all.end();
}

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
