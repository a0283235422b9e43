#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/index.hpp"
#include "spec/component.hpp"

namespace bundle::deliver {

/// The RPMs of these roles, in the order of the index.
std::vector<const format::Rpm*> role_packages(const format::Index& index, const spec::Roles& roles);

/// What the bundle's author asked for by name: the roots of the closures (`components.kubernetes >
/// kubelet-…`), as NEVRAs, one a name. Not what they pull in: the bundle carries the closure on the declared
/// base and the one on nothing, so that asking for all of it would change a base that is as good. dnf takes
/// of the rest what a host lacks.
std::vector<std::string> packages_to_request(const format::Index& index, const spec::Roles& roles);

/// Of packages_to_request, those that a host with these packages (NEVRAs) lacks. A root that was asked for by
/// its bare name (`chrony`) is there in any build; one with a version (`kubelet-1.34.3*`) in this one only.
/// This is what dnf is given, so that it leaves the others alone.
std::vector<std::string> packages_lacking(const format::Index& index, const spec::Roles& roles,
                                          const std::vector<std::string>& installed);

}  // namespace bundle::deliver
