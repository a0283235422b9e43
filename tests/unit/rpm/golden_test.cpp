// The RPM closure against dnf: every third name of real CentOS Stream 9 metadata, solved by dnf 4.14
// beforehand. See the README of upstream/rpm, "golden".
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "rpm/closure.hpp"
#include "rpm/metadata_file.hpp"
#include "support/skip.hpp"

using namespace bundle;

namespace {

std::optional<std::filesystem::path> upstream() {
  const char* given = std::getenv("BUNDLE_SHARED");
  const std::filesystem::path shared = given != nullptr ? given : BUNDLE_SOURCE_DIR "/../shared";
  if (!std::filesystem::exists(shared / "upstream/rpm/golden")) {
    test::skip("no upstream/rpm/golden below " + shared.string() + " (set BUNDLE_SHARED)");
    return std::nullopt;
  }
  return shared / "upstream/rpm";
}

rpm::RepoInput repository(const std::string& id, const std::filesystem::path& folder) {
  return {.id = id, .folder = folder};
}

rpm::Sack c9s(const std::filesystem::path& data) {
  return rpm::Sack({repository("baseos", data / "c9s/baseos-20220207"),
                    repository("appstream", data / "c9s/appstream-20250113")},
                   "x86_64", "platform:el9");
}

/// What we say about a name, in the words of the golden files.
std::string answer(rpm::Sack& sack, const std::string& name, const rpm::Base& base) {
  try {
    const rpm::Closure closure = sack.close({.packages = {name}, .base = base});
    std::vector<std::string> nevras;
    for (const rpm::Package& package : closure.install) {
      nevras.push_back(package.nevra);
    }
    std::sort(nevras.begin(), nevras.end());
    return join(nevras, " ");
  } catch (const Error& error) {
    REQUIRE(error.kind() == ErrorKind::unresolvable);
    return error.message().starts_with("no package '") || error.message().starts_with("all builds of '")
               ? "NOMATCH"
               : "FAIL";
  }
}

std::string sorted_words(std::string_view text) {
  const auto words = split_words(text);
  std::vector<std::string> all(words.begin(), words.end());
  std::sort(all.begin(), all.end());
  return join(all, " ");
}

std::string difference(const std::string& ours, const std::string& theirs) {
  const auto a = split_words(ours);
  const auto b = split_words(theirs);
  std::string text;
  for (const auto& word : a) {
    if (std::find(b.begin(), b.end(), word) == b.end()) {
      text += " +" + std::string(word);
    }
  }
  for (const auto& word : b) {
    if (std::find(a.begin(), a.end(), word) == a.end()) {
      text += " -" + std::string(word);
    }
  }
  return text;
}

/// Compares every line of a golden file; returns the names that differ, each with what we have more (+) or
/// less (-).
std::map<std::string, std::string> differences(rpm::Sack& sack, const std::filesystem::path& golden,
                                               const rpm::Base& base, std::size_t expected_lines) {
  std::map<std::string, std::string> different;
  std::size_t lines = 0;
  const std::string text = rpm::read_unpacked(golden, 64 << 20);
  for (const std::string_view line : split(text, '\n')) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) {
      continue;
    }
    ++lines;
    const std::string name(line.substr(0, colon));
    const std::string theirs = sorted_words(line.substr(colon + 2));
    const std::string ours = answer(sack, name, base);
    if (ours != theirs) {
      different[name] = difference(ours, theirs);
      MESSAGE(name, ": ", different[name]);
    }
  }
  CHECK(lines == expected_lines);
  return different;
}

}  // namespace

TEST_CASE("every third name of CentOS Stream 9 on nothing is as dnf says" * doctest::test_suite("outside")) {
  const auto data = upstream();
  if (!data) {
    return;
  }
  rpm::Sack sack = c9s(*data);
  CHECK(differences(sack, *data / "golden/c9s-strict.third.txt.zst", {}, 1907).empty());
}

TEST_CASE("every third name of CentOS Stream 9 on the 356-package base is as dnf says" *
          doctest::test_suite("outside")) {
  const auto data = upstream();
  if (!data) {
    return;
  }
  rpm::Sack sack = c9s(*data);
  const rpm::Base base = rpm::detect_base(*data / "base/c9s-20220208-qcow2-baseos-only.nevra");
  const auto different =
      differences(sack, *data / "golden/c9s-strict-on-qcow2-base.third.txt.zst", base, 1907);
  CHECK(different.empty());
}

TEST_CASE("every third modular name of EL 8.9 is as dnf says" * doctest::test_suite("outside")) {
  const auto data = upstream();
  if (!data) {
    return;
  }
  rpm::Sack sack({repository("appstream", *data / "el8/modrepo-synthetic")}, "x86_64", "platform:el8");
  CHECK(differences(sack, *data / "golden/el8-modular.third.txt.zst", {}, 669).empty());
}

TEST_CASE("the Kubernetes packages on the 356-package base are dnf's 75" * doctest::test_suite("outside")) {
  const auto data = upstream();
  if (!data) {
    return;
  }
  rpm::Sack sack(
      {repository("baseos", *data / "c9s/baseos-20220207"),
       repository("appstream", *data / "c9s/appstream-20250113"), repository("k8s", *data / "k8s-klts/k8s")},
      "x86_64", "platform:el9");
  const rpm::Closure closure = sack.close(
      {.packages = {"kubeadm", "kubelet", "kubectl", "haproxy", "keepalived", "socat", "conntrack-tools"},
       .base = rpm::detect_base(*data / "base/c9s-20220208-qcow2-baseos-only.nevra"),
       .best = false});
  std::set<std::string> ours;
  for (const rpm::Package& package : closure.install) {
    ours.insert(package.nevra);
    CHECK(!package.why.empty());
  }
  std::set<std::string> theirs;
  const std::string text = read_file(*data / "golden/k8s-on-qcow2-base.nevra", 1 << 20);
  for (const std::string_view line : split(text, '\n')) {
    if (!trim(line).empty()) {
      theirs.emplace(trim(line));
    }
  }
  CHECK(theirs.size() == 75);
  CHECK(ours == theirs);
}
