#include "support/fakes/boot.hpp"

#include "base/text.hpp"
#include "support/fakes/arguments.hpp"

namespace bundle::test {
namespace {

constexpr std::string_view kEnvironment = "/boot/grub2/grubenv";
constexpr std::string_view kEntry = "saved_entry=";

}  // namespace

void FakeBoot::answer(FakeRunner& runner) {
  on(runner, {"grubby"}, [this](const Command& command) { return grubby(command); });
  on(runner, {"dracut"}, [this](const Command& command) { return dracut(command); });
  on(runner, {"lsinitrd"}, [this](const Command& command) { return lsinitrd(command); });
  on(runner, {"modinfo"}, [this](const Command& command) { return modinfo(command); });
}

void FakeBoot::describe(WorldState& /*state*/) const {}

CommandResult FakeBoot::grubby(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {"--set-default"});
  if (arguments.are({}, {"--default-kernel"}) && arguments.has("--default-kernel")) {
    const std::string text = host_.read(kEnvironment).value_or("");
    return said(text.substr(std::min(kEntry.size(), text.size())));
  }
  const std::string image = arguments.value("--set-default");
  if (!arguments.are({}, {"--set-default"}) || image.empty()) {
    return refuse(command);
  }
  if (!host_.exists(image)) {
    return failed(1, "The param " + image + " is incorrect\n");
  }
  host_.write(kEnvironment, std::string(kEntry) + image + "\n");
  return {};
}

bool FakeBoot::omits_nouveau() const {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(host_.at("/etc/dracut.conf.d"), error)) {
    const std::string path = "/etc/dracut.conf.d/" + entry.path().filename().string();
    if (host_.read(path).value_or("").find("omit_drivers+=\" nouveau \"") != std::string::npos) {
      return true;
    }
  }
  return false;
}

/// Without --force it leaves an initramfs that is there.
CommandResult FakeBoot::dracut(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {});
  if (!arguments.are({}, {"--force"}) || !arguments.has("--force") || arguments.words.size() != 2) {
    return refuse(command);
  }
  const std::string modules = "usr/lib/modules/" + arguments.words[1] + "/kernel/drivers/";
  host_.write(arguments.words[0], "half");
  midway();
  host_.write(arguments.words[0], modules + "block/virtio_blk.ko.xz\n" +
                                      (omits_nouveau() ? "" : modules + "gpu/drm/nouveau/nouveau.ko.xz\n"));
  return {};
}

CommandResult FakeBoot::lsinitrd(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {});
  if (!arguments.are({}, {}) || arguments.words.size() != 1) {
    return refuse(command);
  }
  const std::optional<std::string> content = host_.read(arguments.words[0]);
  return content ? said(*content) : failed(1, arguments.words[0] + " does not exist\n");
}

CommandResult FakeBoot::modinfo(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {"--field"});
  if (!arguments.are({}, {"--field"}) || arguments.words.size() != 1) {
    return refuse(command);
  }
  const std::string release(trim(host_.read("/proc/sys/kernel/osrelease").value_or("")));
  const std::optional<std::string> module =
      host_.read("/lib/modules/" + release + "/extra/" + arguments.words[0] + ".ko");
  return module ? said(*module) : failed(1, "modinfo: ERROR: Module not found.\n");
}

}  // namespace bundle::test
