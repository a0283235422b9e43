#include "support/fakes/mounts.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::test {

void FakeMounts::answer(FakeRunner& runner) {
  runner_ = &runner;
  on(runner, {"umount"}, [this](const Command& command) { return umount(command); });
  // Not by `on`, which lets one command at a time answer: the command within may unmount.
  runner.on({"unshare"}, FakeRunner::Answer([this](const Command& command) { return unshare(command); }));
}

void FakeMounts::mount(const Mount& mount) {
  mounts_.push_back(mount);
  write_rows();
}

bool FakeMounts::unmount(const std::string& folder) {
  const auto found = std::find_if(mounts_.rbegin(), mounts_.rend(),
                                  [&](const Mount& mount) { return mount.folder == folder; });
  if (found == mounts_.rend() || busy.contains(folder)) {
    return false;
  }
  mounts_.erase(std::next(found).base());
  host_.clear(folder);
  unmounted.push_back(folder);
  write_rows();
  return true;
}

std::vector<std::string> FakeMounts::below(const std::string& folder) const {
  std::vector<std::string> found;
  for (const Mount& mount : mounts_) {
    if (mount.folder.starts_with(real(folder) + "/") && !hidden_.contains(mount.folder)) {
      found.push_back(mount.folder);
    }
  }
  return found;
}

/// Links followed.
std::string FakeMounts::real(const std::string& folder) const {
  return "/" + std::filesystem::weakly_canonical(host_.at(folder)).lexically_relative(host_.root()).string();
}

void FakeMounts::empty(const std::string& folder) const {
  const std::string at = real(folder);
  const auto holds_cover = [&](const std::string& path) {
    return std::any_of(covered_.begin(), covered_.end(), [&](const std::string& cover) {
      return cover == path || cover.starts_with(path + "/");
    });
  };
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(host_.at(at), absent)) {
    const std::string path = at + "/" + entry.path().filename().string();
    if (!covered_.contains(at) && !holds_cover(path)) {
      host_.remove(path);
    }
  }
}

CommandResult FakeMounts::umount(const Command& command) {
  constexpr int kFailed = 32;
  if (command.argv.size() != 2) {
    return refuse(command);
  }
  return unmount(command.argv[1])
             ? said("")
             : failed(kFailed, fmt::format("umount: {}: target is busy.\n", command.argv[1]));
}

/// `unshare --mount --propagation private bash -c SCRIPT bash HIDDEN… -- COVERED… -- COMMAND…`
CommandResult FakeMounts::unshare(const Command& command) {
  const std::vector<std::string>& argv = command.argv;
  constexpr std::ptrdiff_t kFirst = 8;
  if (argv.size() < kFirst || argv[1] != "--mount" || argv[3] != "private" || argv[4] != "bash") {
    return refuse(command);
  }
  const auto first = std::find(argv.begin() + kFirst, argv.end(), "--");
  const auto second = first == argv.end() ? first : std::find(first + 1, argv.end(), "--");
  if (second == argv.end()) {
    return refuse(command);
  }
  hidden_ = {argv.begin() + kFirst, first};
  covered_ = {first + 1, second};
  CommandResult result = runner_->run({.argv = {second + 1, argv.end()}});
  hidden_.clear();
  covered_.clear();
  return result;
}

void FakeMounts::write_rows() const {
  std::string text = "1 0 8:1 / / rw,relatime shared:1 - xfs /dev/sda1 rw\n";
  int id = 2;
  for (const Mount& mount : mounts_) {
    text += fmt::format("{} 1 {} {} {} rw,relatime shared:{} - {} {} rw\n", id, mount.device, mount.root,
                        replace_all(mount.folder, " ", "\\040"), id, mount.type, mount.source);
    ++id;
  }
  host_.write("/proc/self/mountinfo", text);
}

}  // namespace bundle::test
