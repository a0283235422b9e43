#include "support/fakes/merge_patch.hpp"

namespace bundle::test {

json::Value merged(json::Value target, const json::Value& patch) {
  const json::Object* members = patch.if_object();
  if (members == nullptr) {
    return patch;
  }
  json::Object made = target.if_object() == nullptr ? json::Object() : std::move(*target.if_object());
  for (const auto& [key, value] : *members) {
    if (value.is_null()) {
      made.erase(key);
    } else {
      made[key] = merged(made[key], value);
    }
  }
  return made;
}

}  // namespace bundle::test
