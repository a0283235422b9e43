#include "host/mounts.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::host {
namespace {

bool is_octal(std::string_view digits) {
  return std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '7'; });
}

/// The kernel writes blank, tab, newline and backslash as \040 and the like.
std::string unescaped(std::string_view text) {
  constexpr std::size_t kDigits = 3;
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i + 1, kDigits);
    if (text[i] == '\\' && digits.size() == kDigits && is_octal(digits)) {
      plain += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
      i += kDigits;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

std::vector<MountPoint> mount_points(const Host& host) {
  constexpr std::size_t kDevice = 2;
  constexpr std::size_t kRoot = 3;
  constexpr std::size_t kFolder = 4;
  constexpr std::size_t kFirstOptional = 6;
  std::vector<MountPoint> mounts;
  const std::string text = host.read("/proc/self/mountinfo").value_or("");
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> fields = split(line, ' ');
    if (fields.size() < kFirstOptional) {
      continue;
    }
    const auto dash = std::find(fields.begin() + kFirstOptional, fields.end(), "-");
    if (fields.end() - dash < 3) {
      continue;
    }
    mounts.push_back({.device = std::string(fields[kDevice]),
                      .root = unescaped(fields[kRoot]),
                      .folder = unescaped(fields[kFolder]),
                      .type = unescaped(dash[1]),
                      .source = unescaped(dash[2])});
  }
  return mounts;
}

bool is_within(std::string_view path, std::string_view folder) {
  return path == folder || folder == "/" || (path.starts_with(folder) && path[folder.size()] == '/');
}

bool is_mount_point(const std::vector<MountPoint>& mounts, std::string_view path) {
  return std::any_of(mounts.begin(), mounts.end(),
                     [&](const MountPoint& mount) { return mount.folder == path; });
}

bool shows_part_of(const MountPoint& mount, const std::vector<MountPoint>& mounts, std::string_view folder) {
  return std::any_of(mounts.begin(), mounts.end(), [&](const MountPoint& holder) {
    // Of the folder's own file system, which is mounted there or above.
    const bool holds = &holder != &mount && holder.device == mount.device &&
                       is_within(folder, holder.folder) && holder.folder != mount.folder;
    if (!holds || !is_within(mount.root, holder.root)) {
      return false;
    }
    const std::string_view below =
        std::string_view(mount.root).substr(holder.root == "/" ? 0 : holder.root.size());
    const std::string shown = (holder.folder == "/" ? std::string() : holder.folder) + std::string(below);
    return is_within(shown, folder);
  });
}

std::string words(const MountPoint& mount) {
  const bool is_bind = mount.root != "/" && mount.source.starts_with('/');
  return is_bind ? fmt::format("{} of {} ({})", mount.root, mount.source, mount.type)
                 : fmt::format("{} ({})", mount.source, mount.type);
}

std::string resolved(const Host& host, std::string_view path) {
  std::error_code error;
  const std::filesystem::path root = std::filesystem::canonical(host.root, error);
  const std::filesystem::path real = std::filesystem::weakly_canonical(host.at(path), error);
  const std::string inner = "/" + real.lexically_relative(root).string();
  return error || !is_within(real.string(), root.string()) ? std::string(path) : inner;
}

}  // namespace bundle::host
