#pragma once

#include <optional>
#include <string>

namespace bundle::signing {

/// The first line of the file that BUNDLE_KEY_PASSPHRASE_FILE names; nothing when that is not set.
/// Throws when the file cannot be read or is empty.
std::optional<std::string> passphrase_from_environment();

/// The first line of a file (--passphrase-file), or of stdin for `-`; asked for on the terminal when `file`
/// is empty. Throws Error(usage) without a terminal, and for an empty line where one was named.
std::string read_passphrase(const std::string& file, const std::string& question);

/// Whether a person can be asked: stdin and stderr are a terminal.
bool can_prompt();

/// Asks on the terminal, without echo. Throws Error(usage) without a terminal, Error(interrupted) at Ctrl-C.
/// `hint`: what to do without one.
std::string prompt_passphrase(
    const std::string& question,
    const std::string& hint = "put it into a file and name that in BUNDLE_KEY_PASSPHRASE_FILE");

/// For the key at `path`: from the environment, else from the person at the terminal.
std::string passphrase_for(const std::string& path);

/// For a new key: from the environment, else asked twice at the terminal (empty: none), else none.
std::string new_passphrase();

}  // namespace bundle::signing
