#include "actions/folders.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"
#include "host/mounts.hpp"
#include "host/removal.hpp"

namespace bundle::actions {
namespace {

class Folder final : public steps::Action {
 public:
  Folder(std::string path, std::vector<std::string> names)
      : path_(std::move(path)), names_(names.begin(), names.end()) {}

  std::string describe() const override {
    return fmt::format("{} is removed by undo unless it is there already\n", path_);
  }
  json::Object inputs() const override { return {{"own-folder", path_}}; }
  bool is_done(steps::Context& /*context*/) override { return true; }
  void apply(steps::Context& /*context*/) override {}
  steps::Change capture(steps::Context& context) override {
    json::Object before{{"existed", context.host.exists(path_)}};
    if (!names_.empty()) {
      before["ours"] = names_;
      const std::vector<std::string> there = entries(context.host, path_);
      before["entries"] = json::Array(there.begin(), there.end());
    }
    return {.type = "folder", .key = path_, .before = std::move(before)};
  }

 private:
  static std::vector<std::string> entries(const host::Host& host, const std::string& path) {
    std::error_code error;
    return std::filesystem::is_directory(host.at(path), error) ? host.list(path) : std::vector<std::string>();
  }

  std::string path_;
  json::Array names_;
};

bool is_link(const host::Host& host, const std::string& path) {
  std::error_code error;
  return std::filesystem::is_symlink(host.at(path), error);
}

/// Overlays keep nothing themselves; containerd leaves some where it was killed.
void unmount_overlays(host::Host& host, const std::string& folder) {
  const std::vector<host::MountPoint> mounts = host::mount_points(host);
  for (auto mount = mounts.rbegin(); mount != mounts.rend(); ++mount) {
    if (mount->type == "overlay" && mount->folder != folder && host::is_within(mount->folder, folder)) {
      host.run({"umount", mount->folder});
    }
  }
}

/// Takes out of a folder that stays what programs have put there since.
void empty_of_ours(const host::Host& host, const std::string& folder, const steps::Change& change) {
  const std::vector<std::string> names = json::texts_at(change.before, "ours");
  const std::vector<std::string> before = json::texts_at(change.before, "entries");
  host::remove_content_of(host, folder, [&](std::string_view entry) {
    return std::find(before.begin(), before.end(), entry) == before.end() && matches_any(names, entry);
  });
}

}  // namespace

std::unique_ptr<steps::Action> own_folder(std::string path, std::vector<std::string> names) {
  return std::make_unique<Folder>(std::move(path), std::move(names));
}

void undo_folder(host::Host& host, const steps::Change& change) {
  const bool existed = json::flag_at(change.before, "existed");
  const std::string folder = host::resolved(host, change.key);
  if (!existed && is_link(host, change.key)) {
    host.log.warn(fmt::format("{} is a link now, to {}; it is left as it is", change.key, folder));
    return;
  }
  if (!existed && !host::is_mount_point(host::mount_points(host), folder)) {
    unmount_overlays(host, folder);
    host::remove_path(host, change.key);
    return;
  }
  // Earlier versions did not keep what was in a folder that was there.
  std::error_code error;
  const bool is_known = change.before.contains("entries") || !existed;
  if (is_known && std::filesystem::is_directory(host.at(folder), error)) {
    empty_of_ours(host, folder, change);
  }
  if (!existed) {
    host.log.warn(
        fmt::format("{} is a mount point now; it is left, with what others keep there", change.key));
  }
}

}  // namespace bundle::actions
