#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::host {

/// What is known to be mounted: asked with each path before anything there is touched or looked at, so that a
/// server that no longer answers is not waited for. What it does not know is seen by the mount's own number.
using IsMounted = std::function<bool(const std::filesystem::path&)>;

/// Which names in a folder are to go.
using Selects = std::function<bool(std::string_view)>;

/// Removes a file, a link, or a folder with all in it; nothing is there: nothing to do. Follows no link, and
/// never goes from one mount into another, be it a bind mount of the same disk: what is mounted stays, with
/// the folders that lead to it. Returns these mount points; none: all is gone. Throws Error(step), and
/// Error(interrupted) when a stop was asked for.
/// Source: proc(5), /proc/PID/fdinfo, mnt_id.
std::vector<std::filesystem::path> remove_tree(const std::filesystem::path& path,
                                               const IsMounted& is_mounted = {});

/// The same with what is in a folder, as far as `selects`; the folder stays, and may be a mount point itself.
/// A link in the folder's place is an error.
std::vector<std::filesystem::path> remove_content(const std::filesystem::path& folder, const Selects& selects,
                                                  const IsMounted& is_mounted = {});

}  // namespace bundle::host
