// Descriptions of the base as people bring them.
#include "support/error_of.hpp"
#include "unit/rpm/closure_lab.hpp"

using namespace bundle;
using test::contains;
using test::Fixture;
using test::names;

namespace {

/// What is said of a base that cannot be used.
std::string refusal(Fixture& lab, const std::string& text) {
  try {
    lab.close({.packages = {"app"}, .base = lab.base(text)});
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::spec);
    return render(error);
  }
  return {};
}

}  // namespace

TEST_CASE("lists are read as hosts, spreadsheets and Windows write them") {
  Fixture lab;
  lab.add("main", {{.name = "app", .requires_ = {"glibc", "bind"}},
                   {.name = "glibc", .version = "2.34"},
                   {.name = "bind", .version = "9.16", .epoch = "32"}});
  for (const char* text : {
           "glibc-2.34-1.x86_64\nbind-9.16-1.x86_64\n",
           "gpg-pubkey-8483c65d-5ccc5b19.(none)\r\nglibc-2.34-1.x86_64\r\nbind-32:9.16-1.x86_64\r\n",
           "\xef\xbb\xbfglibc-2.34-1.x86_64\nbind-32:9.16-1.x86_64\n",
           "glibc-(none):2.34-1.x86_64\nbind-32:9.16-1.x86_64\n",
           "bind-9.16-1.x86_64    Mon 03 Jun 2024\nglibc-2.34-1.x86_64   Mon 03 Jun 2024\n",
           "glibc-2.34-1.x86_64\nbind-9.16-1.x86_64\nglibc-2.34-1.x86_64\nbind-9.16-1.x86_64\n",
       }) {
    CAPTURE(text);
    const rpm::Closure closure = lab.close({.packages = {"app"}, .base = lab.base(text)});
    CHECK(names(closure) == "app-1.0-1.x86_64");
    CHECK(closure.notes.empty());
    CHECK(closure.upgrades.empty());
  }
}

TEST_CASE("a list that is none of the target is refused with the line") {
  Fixture lab;
  lab.add("main", {{.name = "app"}});
  CHECK(contains(refusal(lab, "# host\nglibc-2.34-1.el9\n"),
                 "base:2: 'glibc-2.34-1.el9' is not a package of the target"));
  CHECK(contains(refusal(lab, "glibc-2.34-1.aarch64\n"), "it is for the architecture 'aarch64'"));
  CHECK(contains(refusal(lab, "glibc-2.34-1.x86_64.rpm\n"), "it is for the architecture 'rpm'"));
  CHECK(contains(refusal(lab, R"({"packages": ["glibc-2.34-1.aarch64"]})"), "'aarch64'"));
  CHECK(contains(refusal(lab, std::string("g\0l\0i\0b\0", 8)), "not text in ASCII or UTF-8"));
  CHECK(refusal(lab, "glibc-2.34-1.i686\nglibc-2.34-1.noarch\n").empty());
}

TEST_CASE("base packages whose builds are gone from the repositories stay in step") {
  Fixture lab;
  lab.add("main", {{.name = "app", .requires_ = {"glibc >= 2.35"}},
                   {.name = "glibc", .version = "2.35"},
                   {.name = "glibc-langpack", .version = "2.35", .requires_ = {"glibc = 2.35-1"}},
                   {.name = "glibc-common", .version = "2.35", .requires_ = {"glibc = 2.35"}}});
  const rpm::Base base =
      lab.base("glibc-2.34-7.x86_64\nglibc-langpack-2.34-7.x86_64\nglibc-common-2.34-7.x86_64\n");
  const rpm::Closure closure = lab.close({.packages = {"app"}, .base = base});
  CHECK(names(closure) ==
        "app-1.0-1.x86_64 glibc-2.35-1.x86_64 glibc-common-2.35-1.x86_64 glibc-langpack-2.35-1.x86_64");
  CHECK(closure.upgrades.size() == 3);
}
