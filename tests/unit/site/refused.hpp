#pragma once

#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"
#include "site/site.hpp"
#include "support/thrown.hpp"

namespace bundle::site {

/// The error with which a site file is refused, with what to do.
inline Error refused(const std::string& text) {
  Error error = test::thrown_by([&] { read_site(text, "site.yml"); });
  CHECK(error.kind() == ErrorKind::spec);
  CHECK(error.hint() != "");
  return error;
}

inline std::string place(const Error& error) {
  return std::to_string(error.position().line) + ":" + std::to_string(error.position().column);
}

/// `where` is LINE:COLUMN; of the hint a part is enough.
inline void check(const std::string& text, const std::string& where, const std::string& message,
                  const std::string& hint) {
  CAPTURE(text);
  const Error error = refused(text);
  CHECK(error.message() == message);
  CHECK(test::holds(error.hint(), hint));
  CHECK(place(error) == where);
}

}  // namespace bundle::site
