#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "base/fs.hpp"
#include "support/in_child.hpp"

namespace bundle::test {

/// What on_small_disk returns where this host lets nobody mount.
constexpr int kNoMounts = 254;

/// What `work` returns (see in_child) with a tmpfs of this size over `folder`, which no one else sees and
/// which is gone afterwards: for what happens on a full disk.
inline int on_small_disk(const std::filesystem::path& folder, std::uint64_t size_bytes,
                         const std::function<int()>& work) {
  std::filesystem::create_directories(folder);
  return in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0) {
      return kNoMounts;
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      return kNoMounts;
    }
    const std::string options = "size=" + std::to_string(size_bytes);
    if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, options.c_str()) != 0) {
      return kNoMounts;
    }
    return work();
  });
}

}  // namespace bundle::test
