#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "images/shell.hpp"

namespace bundle::images {

/// Of the name of a variable.
bool is_name_char(char c);

/// `NAME=` at the beginning of a word: how long the name is; 0: it is no assignment.
std::size_t assigned_name(std::string_view word);

/// Words before a command that belong to the shell (`if`, `then`, `!`, …).
bool is_reserved(std::string_view word);

/// How many words `timeout -k 5 30`, `sudo -u x`, … take before the program that they run; 0: they are none
/// of these.
std::size_t wrapper_words(const ShellCommand& words);

/// The script in `sh -ec '…'`, `su x -c '…'`, `eval '…'`; nothing for another program.
std::optional<std::string> script_of(const ShellCommand& words);

}  // namespace bundle::images
