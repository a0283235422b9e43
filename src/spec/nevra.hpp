#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bundle::spec {

/// What names a package build.
struct Nevra {
  std::string name;
  std::string epoch;  ///< empty: not said (`rpm -qa` prints none)
  std::string version;
  std::string release;
  std::string arch;

  /// `name-version-release.arch`, as `rpm -qa` prints it.
  std::string nvra() const { return name + "-" + version + "-" + release + "." + arch; }
  /// With the epoch before the version, unless it is 0 or not said.
  std::string str() const;
  bool operator==(const Nevra&) const = default;
};

/// `name-[epoch:]version-release.arch` or `epoch:name-version-release.arch`, with an epoch `(none)` as 0;
/// nothing when it is neither.
std::optional<Nevra> parse_nevra(std::string_view text);

/// `name` and `arch` of such a text, without taking the rest apart; the whole text when it is none.
std::string_view package_name(std::string_view nevra);
std::string_view package_arch(std::string_view nevra);

}  // namespace bundle::spec
