#pragma once

#include <string>

#include "cli/description.hpp"

namespace bundle::cli {

/// A script that lets bash complete `bundle`: verbs, their options, and files, folders or words for values.
/// It needs bash 4 alone. Source: bash(1), "Programmable Completion".
std::string bash_completion(const Program& program);
/// The same for zsh: sourced after compinit, or as a file _bundle in fpath. Source: zshcompsys(1).
std::string zsh_completion(const Program& program);
/// The same for fish. Source: https://fishshell.com/docs/current/cmds/complete.html
std::string fish_completion(const Program& program);

}  // namespace bundle::cli
