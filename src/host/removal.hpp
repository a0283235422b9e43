#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "host/remove_tree.hpp"

namespace bundle::host {

// Removal of what we, or programs for us, have put on a host. Nothing is removed through a link or across a
// mount (host/remove_tree): what is mounted stays with the folders that lead to it, and is named on
// `host.log`.

/// A file, or a folder with all in it. False when something mounted is left.
bool remove_path(const Host& host, const std::string& path);

/// What is in a folder, as far as `selects`; the folder stays.
bool remove_content_of(const Host& host, const std::string& folder, const Selects& selects = {});

/// Folders on the way to a path that are not there yet, the innermost first: what the writing of it makes.
std::vector<std::string> missing_folders(const Host& host, const std::string& path);

/// These folders, in this order, as far as nobody has put anything into them.
void remove_if_empty(const Host& host, const std::vector<std::string>& folders);

}  // namespace bundle::host
