#pragma once

#include <string>

#include "base/json.hpp"

namespace bundle::toml {

/// A document with these keys: scalars and lists first, then a table for each object. Every text is quoted
/// and escaped. Doubles and nulls are a bug. Source: https://toml.io/en/v1.0.0
std::string document(const json::Object& root);

}  // namespace bundle::toml
