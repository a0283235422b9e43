// Descriptions of the base as people bring them.
#include "unit/rpm/closure_lab.hpp"

using namespace bundle;
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

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

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
