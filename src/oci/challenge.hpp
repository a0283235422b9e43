#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bundle::oci {

/// One way in that a 401 offers: `Bearer realm="https://…",service="…",scope="…"`.
struct Challenge {
  std::string scheme;                             ///< lower case
  std::map<std::string, std::string> parameters;  ///< names in lower case
  std::string parameter(const std::string& name) const {
    const auto it = parameters.find(name);
    return it == parameters.end() ? std::string() : it->second;
  }
};

/// Parses WWW-Authenticate (several challenges may stand in one line); malformed parts are left out.
/// Source: RFC 9110 section 11.6.1; the `scope` parameter: distribution's docs/spec/auth/token.md.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace bundle::oci
