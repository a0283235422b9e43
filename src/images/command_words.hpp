#pragma once

#include <string_view>
#include <vector>

#include "images/shell.hpp"

namespace bundle::images {

/// Whether a list `a|b|c` has the word.
bool is_listed(std::string_view list, std::string_view word);

/// The words from this one on that are no options.
std::vector<std::string_view> operands_of(const ShellCommand& command, std::size_t from);

/// Whether a verb (of one or more words) stands at the beginning; an option with a value may stand before it
/// (`git -C DIR clone`, `apt-get -o X=y install`). A verb that is itself an option stands anywhere.
bool has_verb(const ShellCommand& command, std::string_view verb);

}  // namespace bundle::images
