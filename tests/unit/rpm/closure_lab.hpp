#pragma once

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "rpm/closure.hpp"
#include "unit/rpm/repo_writer.hpp"

namespace bundle::test {

/// Repositories in a temporary folder, and a base list beside them.
class Fixture {
 public:
  rpm::RepoInput& add(const std::string& id, const std::vector<Stub>& packages,
                      const std::string& modules = {}) {
    write_repository(folder_.path() / id, packages, modules);
    inputs_.push_back({.id = id, .folder = folder_.path() / id});
    return inputs_.back();
  }
  rpm::Base base(const std::string& text) {
    write_text(folder_.path() / "base", text);
    return rpm::detect_base(folder_.path() / "base");
  }
  rpm::Closure close(const rpm::Wish& wish, const std::string& platform = "platform:el8") {
    return rpm::Sack(inputs_, "x86_64", platform).close(wish);
  }
  std::string error(const rpm::Wish& wish) {
    try {
      close(wish);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::unresolvable);
      return render(error);
    }
    FAIL("no error");
    return {};
  }
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::vector<rpm::RepoInput>& inputs() { return inputs_; }

 private:
  TempDir folder_;
  std::vector<rpm::RepoInput> inputs_;
};

/// The NEVRAs, one after the other.
inline std::string names(const rpm::Closure& closure) {
  std::vector<std::string> all;
  for (const rpm::Package& package : closure.install) {
    all.push_back(package.nevra);
  }
  return join(all, " ");
}

}  // namespace bundle::test
