#include "spec/nevra.hpp"

#include <doctest/doctest.h>

namespace bundle::spec {

TEST_CASE("a package build is taken apart, whichever side its epoch stands on") {
  const Nevra vim{
      .name = "vim-enhanced", .epoch = "2", .version = "8.2.2637", .release = "21.el9", .arch = "x86_64"};
  CHECK(parse_nevra("vim-enhanced-2:8.2.2637-21.el9.x86_64") == vim);
  CHECK(parse_nevra("2:vim-enhanced-8.2.2637-21.el9.x86_64") == vim);
  CHECK(vim.str() == "vim-enhanced-2:8.2.2637-21.el9.x86_64");
  CHECK(vim.nvra() == "vim-enhanced-8.2.2637-21.el9.x86_64");
}

TEST_CASE("an epoch that is 0, none or not said is not written") {
  for (const char* text : {"zlib-0:1.2-1.x86_64", "zlib-(none):1.2-1.x86_64", "zlib-1.2-1.x86_64"}) {
    CAPTURE(text);
    REQUIRE(parse_nevra(text).has_value());
    CHECK(parse_nevra(text)->str() == "zlib-1.2-1.x86_64");
  }
  CHECK(parse_nevra("zlib-0:1.2-1.x86_64")->epoch == "0");
  CHECK(parse_nevra("zlib-1.2-1.x86_64")->epoch.empty());
}

TEST_CASE("what is no package build is none") {
  for (const char* text : {"", "zlib", "zlib-1.2", "zlib-1.2-1", "-1.2-1.x86_64", "zlib--1.x86_64",
                           "zlib-1.2-1.", "a b-1-1.x86_64", "/usr/bin/x-1-1.x86_64"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_nevra(text).has_value());
  }
}

TEST_CASE("name and architecture alone") {
  CHECK(package_name("vim-enhanced-2:8.2-1.el9.x86_64") == "vim-enhanced");
  CHECK(package_name("kernel") == "kernel");
  CHECK(package_name("a-1") == "a-1");
  CHECK(package_arch("vim-enhanced-2:8.2-1.el9.x86_64") == "x86_64");
  CHECK(package_arch("kernel") == "kernel");
}

}  // namespace bundle::spec
