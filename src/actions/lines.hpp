#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "steps/action.hpp"

namespace bundle::actions {

// Some lines of a file that others write too. It keeps its mode and owner; behind a link it is the file that
// the link leads to.

/// A block of lines between `# BEGIN bundle` and `# END bundle`.
std::unique_ptr<steps::Action> write_block(std::string path, std::string lines);
/// The lines of that block in a file's text; empty without one.
std::string_view lines_of_block(std::string_view text);

/// Lines of a file that are not wanted.
struct LineRule {
  std::string_view id;     ///< for the journal: `swap`
  std::string_view words;  ///< for people: `lines of swap`
  bool (*is_unwanted)(std::string_view line);
};
/// Comments them out. Undo takes our comment from each line that still has it.
std::unique_ptr<steps::Action> comment_out(std::string path, LineRule rule);

/// Change types "block" and "lines".
void undo_block(host::Host& host, const steps::Change& change);
void undo_lines(host::Host& host, const steps::Change& change);

}  // namespace bundle::actions
