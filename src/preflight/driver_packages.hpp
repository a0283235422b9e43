#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "preflight/inspection.hpp"

namespace bundle::preflight {

/// The package of a bundle that brings NVIDIA's kernel module.
struct DriverPackage {
  std::string nevra;
  std::string version;  ///< of the driver: 580.105.08
  std::set<std::string>
      kernels;  ///< releases that it has the module for; empty: it is built on the host (DKMS)
};

/// The kernels of which a package has the module, by its files, a line each (`rpm -qpl`), also those that its
/// scripts make (%ghost). Source: NVIDIA/yum-packaging-precompiled-kmod, kmod-nvidia.spec.
std::set<std::string> kernels_of_module(std::string_view files, std::string_view module);

/// That of this node's roles; nothing where the bundle has none or it is not to be read. Precompiled modules
/// come before those that are built here.
std::optional<DriverPackage> driver_package(const Inspection& look);

/// Whether the site wants this node to have the bundle's driver.
bool wants_driver_package(const Inspection& look);

/// What stands in the way of the bundle's driver; nothing: the bundle has none.
void check_driver_package(Inspection& look, const std::optional<DriverPackage>& driver);

}  // namespace bundle::preflight
