#pragma once

#include "base/json.hpp"

namespace bundle::test {

/// Source: RFC 7396, section 2.
json::Value merged(json::Value target, const json::Value& patch);

}  // namespace bundle::test
