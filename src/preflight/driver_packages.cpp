#include "preflight/driver_packages.hpp"

#include <algorithm>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "deliver/packages.hpp"
#include "format/entry.hpp"
#include "host/facts.hpp"
#include "host/kernels.hpp"
#include "preflight/secure_boot.hpp"
#include "spec/nevra.hpp"

namespace bundle::preflight {
namespace {

constexpr std::string_view kModule = "nvidia";

/// kmod-nvidia-580.65.06-4.18.0-553, kmod-nvidia-open-dkms, nvidia-open-kmod; nvidia-kmod-common has no
/// module. Sources: NVIDIA/yum-packaging-precompiled-kmod, DISTROS.md.
bool is_driver_name(std::string_view name) {
  return name.find("nvidia") != std::string_view::npos && name.find("kmod") != std::string_view::npos &&
         !name.ends_with("-common");
}

std::string files_of(const Inspection& look, const format::Rpm& package) {
  const TempDir work(look.host.at("/run"));
  const std::filesystem::path path = work.path() / "driver.rpm";
  format::extract_entry(*look.parts, *look.index.find_entry(package.path), path);
  return look.host.run({"rpm", "-qpl", "--nosignature", "--nodigest", path.string()}).out;
}

/// `5.14.0-503.el9.x86_64` of a package of that build.
std::string release_of(const format::Rpm& package) {
  const spec::Nevra nevra = spec::parse_nevra(package.nevra).value_or(spec::Nevra());
  return fmt::format("{}-{}.{}", nevra.version, nevra.release, nevra.arch);
}

/// Whether the bundle brings this build of one of these packages to the node.
bool brings_build(const Inspection& look, const std::vector<std::string_view>& names,
                  const std::string& release) {
  const std::vector<const format::Rpm*> packages = deliver::role_packages(look.index, look.node.roles);
  return std::any_of(packages.begin(), packages.end(), [&](const format::Rpm* package) {
    return std::find(names.begin(), names.end(), spec::package_name(package->nevra)) != names.end() &&
           release_of(*package) == release;
  });
}

bool can_boot(const Inspection& look, const std::string& release) {
  return look.host.exists(host::kernel_image(release)) ||
         brings_build(look, {"kernel", "kernel-core"}, release);
}

void check_built_here(Inspection& look, const DriverPackage& driver, const std::string& running) {
  if (!look.host.exists("/lib/modules/" + running + "/build/Makefile") &&
      !brings_build(look, {"kernel-devel"}, running)) {
    look.error("no-kernel-devel",
               fmt::format("{} builds its module on the host, and kernel-devel of the running kernel {} is "
                           "neither here nor in the bundle",
                           driver.nevra, running),
               fmt::format("build the bundle with 'kernel-devel-{}' in its rpms for gpu", running));
  }
}

void check_kernel(Inspection& look, const DriverPackage& driver, const std::string& running) {
  const auto found = std::find_if(driver.kernels.rbegin(), driver.kernels.rend(),
                                  [&](const std::string& release) { return can_boot(look, release); });
  if (found == driver.kernels.rend()) {
    look.error(
        "no-kernel-for-driver",
        fmt::format("{} is for the kernel {}, which is neither here nor in the bundle; this host runs {}",
                    driver.nevra, join({driver.kernels.begin(), driver.kernels.end()}, ", "), running),
        fmt::format("build the bundle with a driver for {}, or with that kernel", running));
    return;
  }
  look.found.push_back(
      {.id = "kernel-change",
       .severity = look.allow_base_changes ? Severity::warning : Severity::error,
       .seen = fmt::format("this host runs the kernel {}; the driver of the bundle is for {}, which the host "
                           "boots from then on, after one reboot (exit code 10)",
                           running, *found),
       .fix = "agree with --allow-base-changes, or build the bundle with a driver for the running kernel"});
}

void check_tools(Inspection& look) {
  for (const char* program : {"grubby", "dracut", "lsinitrd"}) {
    if (!look.has_program(program)) {
      look.error(
          "no-" + std::string(program),
          fmt::format("{} is not on this host: the driver's kernel cannot be made the one to boot, with "
                      "an initramfs without nouveau",
                      program),
          fmt::format("dnf install {}, or: gpu: {{driver: preinstalled}}",
                      program == std::string("lsinitrd") ? "dracut" : program));
    }
  }
}

void check_reboot(Inspection& look) {
  if (look.host.exists("/sys/module/nouveau")) {
    look.warning("nouveau", "the kernel has loaded nouveau: the driver needs one reboot (exit code 10)",
                 "reboot when install says so, then run the same command again");
  }
  if (is_secure_boot(look.host)) {
    look.warning("secure-boot", "Secure Boot is on: the kernel loads signed modules only",
                 "see that the key of the driver's packages is enrolled: mokutil --list-enrolled");
  }
}

}  // namespace

std::set<std::string> kernels_of_module(std::string_view files, std::string_view module) {
  constexpr std::string_view kFolder = "/lib/modules/";
  const std::string file = fmt::format("/{}.ko", module);
  std::set<std::string> releases;
  for (const std::string_view line : split(files, '\n')) {
    const std::size_t folder = line.find(kFolder);
    const std::size_t name = line.rfind(file);
    if ((folder == 0 || line.starts_with("/usr/lib/modules/")) && name != std::string_view::npos &&
        line.find('/', name + 1) == std::string_view::npos) {
      const std::size_t begin = folder + kFolder.size();
      releases.emplace(line.substr(begin, line.find('/', begin) - begin));
    }
  }
  return releases;
}

std::optional<DriverPackage> driver_package(const Inspection& look) {
  std::optional<DriverPackage> built_here;
  for (const format::Rpm* package : deliver::role_packages(look.index, look.node.roles)) {
    if (look.parts == nullptr || !is_driver_name(spec::package_name(package->nevra))) {
      continue;
    }
    DriverPackage driver{.nevra = package->nevra,
                         .version = spec::parse_nevra(package->nevra).value_or(spec::Nevra()).version,
                         .kernels = kernels_of_module(files_of(look, *package), kModule)};
    if (!driver.kernels.empty()) {
      return driver;
    }
    built_here = std::move(driver);
  }
  return built_here;
}

bool wants_driver_package(const Inspection& look) {
  return look.node.roles.contains("gpu") && look.site.gpu_driver == site::GpuDriver::rpm;
}

void check_driver_package(Inspection& look, const std::optional<DriverPackage>& driver) {
  if (!driver) {
    look.error("no-driver-package",
               "the site wants the driver from the bundle (gpu: {driver: rpm}), and no package of the bundle "
               "brings NVIDIA's module to this node",
               "name one in the rpms of versions.yml, as docs/guide.md says under \"NVIDIA's driver\"; or: "
               "gpu: {driver: preinstalled}");
    return;
  }
  const std::string running = host::kernel_release(look.host);
  if (driver->kernels.empty()) {
    check_built_here(look, *driver, running);
  } else if (!driver->kernels.contains(running)) {
    check_kernel(look, *driver, running);
  }
  check_tools(look);
  check_reboot(look);
}

}  // namespace bundle::preflight
