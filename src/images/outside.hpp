#pragma once

#include <set>
#include <string>
#include <string_view>

namespace bundle::images {

/// Names of Services of a release: what is asked of them stays in the cluster.
using ServiceNames = std::set<std::string, std::less<>>;

/// Whether a URL (`https://…`, `git@host:path`, `ssh://…`, `hf://…`) leads out of the cluster. Addresses of
/// the pod itself, of Services (`name`, `name.namespace`, `*.svc`, `*.cluster.local`), private and link-local
/// ones, files, and hosts that are known only when it runs (`$`) do not.
bool leads_outside(std::string_view url, const ServiceNames& services);

/// `scheme://…`, or scp's `user@host:path`.
bool is_remote(std::string_view text);

}  // namespace bundle::images
