#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::images {

/// Values by name, of an environment or of assignments.
using Variables = std::map<std::string, std::string, std::less<>>;

/// A command as it would be run: the program, and its arguments without quotes. What cannot be known before
/// it runs (an unknown variable, the output of another command) stands as `$`.
using ShellCommand = std::vector<std::string>;

/// The simple commands of a script for sh or bash, in order, with those in `$(…)`, in `sh -c '…'`, behind
/// `exec`, `timeout 5`, `env A=b` and the like. Assignments and `known` variables are filled in; comments,
/// redirections and here-documents are passed over. Nothing is run and nothing is looked up; whatever is
/// malformed gives fewer commands. Source: POSIX.1-2017 XCU chapter 2, Shell Command Language.
std::vector<ShellCommand> shell_commands(std::string_view script, const Variables& known);

/// The same for a program with its arguments: itself, or what it would run.
std::vector<ShellCommand> commands_of(const ShellCommand& argv, const Variables& known);

/// `/usr/bin/curl` is curl.
std::string_view program_name(std::string_view path);

}  // namespace bundle::images
