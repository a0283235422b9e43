#pragma once

#include <string>

#include "base/yaml.hpp"
#include "spec/lock.hpp"

namespace bundle::spec {

/// What is wrong with writing a URL down, and the way that works instead.
struct UrlFault {
  std::string message;  ///< names the URL without its secret
  std::string hint;
};

/// A URL goes into the lock, the bundle and messages as it is, for all to read; so one that holds a
/// credential is refused. Both texts are empty when there is none.
UrlFault url_fault(const std::string& url);

/// A URL that somebody wrote, tidied (tidy_url). Throws Error(spec) at `node` for one that holds a
/// credential.
std::string upstream_url(const yaml::Reader& reader, const yaml::Node& node);
/// The same for a member of the mapping that `reader` reads; empty when it is not there.
std::string upstream_url_or(yaml::Reader& reader, std::string_view key);

/// The same for a URL that an upstream names, which `where` says: Error(integrity).
std::string upstream_url(const std::string& url, const std::string& where);

/// Throws Error(spec) for a lock from before credentials were refused.
void require_no_credentials(const Lock& lock);

}  // namespace bundle::spec
