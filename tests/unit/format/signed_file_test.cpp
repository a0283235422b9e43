#include "format/signed_file.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"

namespace bundle::format {

TEST_CASE("signatures of a file are told by its name and a KEYID") {
  CHECK(is_signature_of("site.yml.0123456789abcdef.sig", "site.yml"));
  for (const char* file : {"site.yml.sig", "site.yml.0123456789abcde.sig", "site.yml.0123456789ABCDEF.sig",
                           "site.yml.0123456789abcdef", "0123456789abcdef.sig", "other.0123456789abcdef.sig",
                           "site.yml.0123456789abcdef0.sig", ".sig", ""}) {
    CAPTURE(file);
    CHECK_FALSE(is_signature_of(file, "site.yml"));
  }
}

TEST_CASE("the signatures that lie beside a file, of whomever") {
  const TempDir dir;
  CHECK(signature_ids(dir.path(), "site.yml").empty());
  for (const char* file : {"site.yml", "site.yml.0123456789abcdef.sig", "site.yml.fedcba9876543210.sig",
                           "site.yml.bak.0123456789abcdef.sig", "b.0123456789abcdef.sig"}) {
    write_new_file(dir.path() / file, "x", 0644);
  }
  CHECK(signature_ids(dir.path(), "site.yml") ==
        std::vector<std::string>{"0123456789abcdef", "fedcba9876543210"});
}

}  // namespace bundle::format
