#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "support/in_child.hpp"
#include "support/skip.hpp"

namespace bundle::test {

/// What `work` returns, in a process with mounts of its own, which go with it: it may mount what it likes.
/// Nothing, and the case is skipped, where that is not permitted. What leaves `work` is returned as its text.
inline std::optional<std::string> in_private_mounts(const std::function<std::string()>& work) {
  constexpr int kNotPermitted = 42;
  const TempDir folder;
  const std::filesystem::path answer = folder.path() / "answer";
  const int code = in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      return kNotPermitted;
    }
    try {
      write_file_atomically(answer, work());
    } catch (const std::exception& error) {
      write_file_atomically(answer, std::string("thrown: ") + error.what());
    }
    return 0;
  });
  if (code == kNotPermitted) {
    skip("mounts of one's own need root (unshare)");
    return std::nullopt;
  }
  REQUIRE(code == 0);
  return read_file(answer, 1 << 20);
}

inline void mount_tmpfs(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, "mode=0755") != 0) {
    fail_errno("mount a tmpfs at", folder.string(), errno);
  }
}

/// Shows a folder, or a file, at another place, which is there.
inline void bind_mount(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::mount(from.c_str(), to.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    fail_errno("bind", to.string(), errno);
  }
}

}  // namespace bundle::test
