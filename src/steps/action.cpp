#include "steps/action.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "host/host.hpp"

namespace bundle::steps {

Context::Context(host::Host& of_host, std::vector<Change> earlier, json::Array marks, Note note)
    : host(of_host), changes_(std::move(earlier)), marks_(std::move(marks)), note_(std::move(note)) {}

const Change* Context::captured(std::string_view type, std::string_view key) const {
  const auto found = std::find_if(changes_.begin(), changes_.end(), [&](const Change& change) {
    return change.type == type && change.key == key;
  });
  return found == changes_.end() ? nullptr : &*found;
}

void Context::mark(const json::Value& what) {
  if (note_) {
    note_(what);
  }
  marks_.push_back(what);
}

void Action::verify(Context& context) {
  if (!is_done(context)) {
    fail(ErrorKind::step, "this was done, but the host does not show it:\n{}", describe());
  }
}

}  // namespace bundle::steps
