#pragma once

#include <string>

#include "base/json.hpp"

namespace bundle::smoke {

/// What the objects of a smoke test have come to.
struct Verdict {
  enum class Kind { passed, failed, waiting };
  Kind kind = Kind::passed;
  std::string words;  ///< why it failed, or what it waits for
  bool operator==(const Verdict&) const = default;
};

/// Of one object, as the API has it: a Pod that must succeed, a Job that must complete, a workload that must
/// have its pods; anything else is just there.
Verdict verdict_of(const json::Value& object);

/// Of several: failed if one is, passed if all are.
Verdict verdict_of_all(const json::Array& objects);

}  // namespace bundle::smoke
