#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "base/error.hpp"

namespace bundle::test {

/// The Error that `action` throws; a test failure when it throws none.
template <class Action>
Error thrown_by(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return {ErrorKind::bug, "nothing was thrown"};
}

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace bundle::test
