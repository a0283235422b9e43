#pragma once

#include <doctest/doctest.h>

#include "base/error.hpp"

namespace bundle::test {

/// Runs `function` and returns the Error that it throws; the test fails when it throws none.
template <class Function>
Error error_of(Function&& function) {
  try {
    function();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error was thrown");
  return Error(ErrorKind::bug, "");
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace bundle::test
