#include "actions/boot_kernel.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/partial_file.hpp"
#include "base/text.hpp"
#include "host/digest.hpp"
#include "host/facts.hpp"
#include "host/kernels.hpp"
#include "host/removal.hpp"
#include "host/state_folder.hpp"

namespace bundle::actions {
namespace {

constexpr auto kDracutTimeout = std::chrono::minutes(10);

/// Where the initramfs that a kernel had before ours is kept, and the digest of ours.
std::string kept_path(const std::string& release) {
  return fmt::format("{}/boot/initramfs-{}.img", host::kStateFolder, release);
}
std::string digest_path(const std::string& release) { return kept_path(release) + ".ours"; }

void copy_initramfs(const host::Host& host, const std::string& from, const std::string& to) {
  constexpr std::size_t kBufferBytes = 1 << 20;
  std::vector<std::byte> buffer(kBufferBytes);
  const auto mode = static_cast<unsigned>(std::filesystem::status(host.at(from)).permissions());
  PartialFile copy(host.at(to), mode);
  stream_file(host.at(from), bundle::file_size(host.at(from)), buffer,
              [&](Bytes bytes) { copy.write(bytes); });
  copy.commit(mode);
}

/// Whether this kernel's initramfs is without the module, and none of ours that a power cut has left half
/// done. Source: dracut's lsinitrd(1).
bool is_without(const host::Host& host, const std::string& release, const std::string& module) {
  const std::string path = host::initramfs(release);
  if (host.exists(kept_path(release)) && host.read(digest_path(release)) != host::digest_of(host, path)) {
    return false;
  }
  const CommandResult listed = host.ask({"lsinitrd", path}, std::chrono::minutes(2));
  return listed.status == 0 && listed.out.find("/" + module + ".ko") == std::string::npos;
}

class BootKernel final : public steps::Action {
 public:
  explicit BootKernel(ModuleFor wanted) : wanted_(std::move(wanted)) {}

  std::string describe() const override {
    return fmt::format(
        "boot a kernel that has the module {0}, the running one if it does: grubby --set-default "
        "/boot/vmlinuz-RELEASE\n"
        "make its initramfs without {1}, where it has that: dracut --force /boot/initramfs-RELEASE.img "
        "RELEASE\n",
        wanted_.module, wanted_.rival);
  }
  json::Object inputs() const override {
    return {{"boot", json::Object{{"module", wanted_.module}, {"without", wanted_.rival}}}};
  }

  bool is_done(steps::Context& context) override {
    const std::string release = host::kernel_with(context.host, wanted_.module);
    return !release.empty() && host::default_kernel_image(context.host) == host::kernel_image(release) &&
           is_without(context.host, release, wanted_.rival);
  }

  steps::Change capture(steps::Context& context) override {
    std::vector<std::string> there = host::kernels(context.host);
    there.push_back(host::kernel_release(context.host));  // in a container it has no folder
    return {.type = "boot",
            .key = wanted_.module,
            .before = {{"default", host::default_kernel_image(context.host)},
                       {"kernels", json::Array(there.begin(), there.end())}}};
  }

  void apply(steps::Context& context) override {
    const host::Host& host = context.host;
    const std::string release = host::kernel_with(host, wanted_.module);
    if (release.empty()) {
      throw Error(ErrorKind::step,
                  fmt::format("no kernel of this host has the module {}: there are {}", wanted_.module,
                              join(host::kernels(host), ", ")),
                  "bundle preflight says for which kernel the bundle's packages are");
    }
    if (!is_without(host, release, wanted_.rival)) {
      make_initramfs(host, release);
    }
    // Last: a kernel whose initramfs is half done must not be booted.
    if (const std::string image = host::kernel_image(release); host::default_kernel_image(host) != image) {
      host.run({"grubby", "--set-default", image});
    }
  }

 private:
  static void make_initramfs(const host::Host& host, const std::string& release) {
    const std::string path = host::initramfs(release);
    if (host.exists(path) && !host.exists(kept_path(release))) {
      copy_initramfs(host, path, kept_path(release));
    }
    host.run_to_its_end({"dracut", "--force", path, release}, kDracutTimeout);
    write_file_atomically(host.at(digest_path(release)), host::digest_of(host, path).value_or(""));
  }

  ModuleFor wanted_;
};

class LoadDriver final : public steps::Action {
 public:
  explicit LoadDriver(ModuleFor wanted) : wanted_(std::move(wanted)) {}

  std::string describe() const override {
    return fmt::format(
        "modprobe {}; where another kernel has it, or {} is loaded: exit code 10, and after a reboot the "
        "same "
        "command goes on\n",
        wanted_.module, wanted_.rival);
  }
  json::Object inputs() const override { return {{"load", wanted_.module}}; }

  bool is_done(steps::Context& context) override {
    return is_loaded(context.host) && obstacle(context.host).empty();
  }
  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "none", .key = wanted_.module, .before = {}};
  }

  void apply(steps::Context& context) override {
    const std::string why = obstacle(context.host);
    if (!why.empty()) {
      throw Error(ErrorKind::reboot, why, "systemctl reboot; then the same command again: it goes on here");
    }
    context.host.run({"modprobe", wanted_.module});
  }

 private:
  bool is_loaded(const host::Host& host) const { return host.exists("/sys/module/" + wanted_.module); }

  /// Why only a reboot helps; empty: it is not needed.
  std::string obstacle(const host::Host& host) const {
    const std::string running = host::kernel_release(host);
    if (!host::has_module_file(host, running, wanted_.module)) {
      return fmt::format("this host runs the kernel {}; the driver {} is for {}, which is booted next",
                         running, wanted_.module, host::kernel_with(host, wanted_.module));
    }
    if (host.exists("/sys/module/" + wanted_.rival)) {
      return fmt::format(
          "the kernel has loaded {}, which holds the devices of {}; it will not after a reboot",
          wanted_.rival, wanted_.module);
    }
    const std::string loaded = host.read("/sys/module/" + wanted_.module + "/version").value_or("");
    const CommandResult file = host.ask({"modinfo", "--field", "version", wanted_.module});
    const std::string on_disk(trim(file.out));
    if (!loaded.empty() && file.status == 0 && loaded != on_disk) {
      return fmt::format("the kernel has loaded {} {}; {} is installed", wanted_.module, loaded, on_disk);
    }
    return {};
  }

  ModuleFor wanted_;
};

/// Puts back the initramfs that a kernel had, unless somebody has made another one since.
void restore_initramfs(const host::Host& host, const std::string& release) {
  const std::string path = host::initramfs(release);
  const std::string kept = kept_path(release);
  if (host.exists(kept) && host.exists(host::kernel_image(release))) {
    const std::optional<std::string> now = host::digest_of(host, path);
    const bool is_ours = now == host.read(digest_path(release));
    if (!is_ours && now != host::digest_of(host, kept)) {
      host.log.warn(fmt::format("{} was made anew since, and stays; what it was is in {}", path, kept));
      return;
    }
    if (is_ours) {
      copy_initramfs(host, kept, path);
    }
  }
  host::remove_path(host, kept);
  host::remove_path(host, digest_path(release));
}

}  // namespace

std::unique_ptr<steps::Action> boot_kernel_with(ModuleFor wanted) {
  return std::make_unique<BootKernel>(std::move(wanted));
}
std::unique_ptr<steps::Action> load_driver(ModuleFor wanted) {
  return std::make_unique<LoadDriver>(std::move(wanted));
}

void undo_boot_kernel(host::Host& host, const steps::Change& change) {
  const std::string before = json::text_at(change.before, "default");
  if (!before.empty() && host.exists(before) && host::default_kernel_image(host) != before) {
    host.run({"grubby", "--set-default", before});
  }
  for (const std::string& release : host::kernels(host)) {
    restore_initramfs(host, release);
  }
  host::remove_if_empty(host, {std::string(host::kStateFolder) + "/boot"});
  const std::vector<std::string> there = json::texts_at(change.before, "kernels");
  const std::string running = host::kernel_release(host);
  if (std::find(there.begin(), there.end(), running) == there.end()) {
    throw Error(
        ErrorKind::reboot,
        fmt::format("this host runs the kernel {}, which came with the bundle and goes with it; {} is "
                    "booted next",
                    running, before),
        "systemctl reboot; then the same command again: it goes on here");
  }
}

}  // namespace bundle::actions
