#include "format/index.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "base/error.hpp"
#include "base/text.hpp"
#include "support/small_bundle.hpp"

using namespace bundle;
using format::Index;

namespace {

Index sample() { return test::make_index(test::default_options(), "installer"); }

/// The message with which the index is refused after `change`; empty when it is taken.
std::string refused(const std::function<void(Index&)>& change) {
  Index index = sample();
  change(index);
  try {
    format::parse_index(to_canonical_json(index), "bundle.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::integrity);
    return error.message();
  }
  return {};
}

std::string refused_text(const std::string& text) {
  try {
    format::parse_index(text, "bundle.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::integrity);
    return error.message();
  }
  return {};
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an index is read back as it was written") {
  const Index index = sample();
  const std::string text = to_canonical_json(index);
  CHECK(format::parse_index(text, "bundle.json") == index);
  CHECK(to_canonical_json(format::parse_index(text, "bundle.json")) == text);
  CHECK(holds(text, R"("at":[[)"));
  CHECK(holds(text, R"("format":"bundle/1")"));
}

TEST_CASE("an index says who vouched for what, and one from before that is read") {
  CHECK_FALSE(holds(to_canonical_json(sample()), "vouched"));
  Index index = sample();
  index.images[0].vouched = {.by = spec::VouchedBy::first_use};
  index.charts[0].vouched = {.by = spec::VouchedBy::openpgp, .key = "AB"};
  index.files[0].vouched = {.by = spec::VouchedBy::digest};
  index.programs = {
      {.path = index.charts[0].path, .source = "https://h", .vouched = {.by = spec::VouchedBy::own}}};
  const std::string text = to_canonical_json(index);
  CHECK(format::parse_index(text, "bundle.json") == index);
  CHECK(holds(text, R"("vouched":"openpgp:AB")"));
  CHECK(holds(refused_text(replace_all(text, "first-use", "hearsay")), "none of the known ways"));
  CHECK(holds(refused([](Index& i) { i.programs = {{.path = "bin/none", .source = "x"}}; }),
              "the program bin/none is not an entry"));
}

TEST_CASE("a chart whose schema is skipped says so, and the others say nothing") {
  Index index = sample();
  CHECK_FALSE(holds(to_canonical_json(index), "skip-schema"));
  index.charts.at(0).skip_schema = true;
  const std::string text = to_canonical_json(index);
  CHECK(holds(text, R"("skip-schema":true)"));
  CHECK(format::parse_index(text, "bundle.json") == index);
}

TEST_CASE("every prefix of an index is refused") {
  const std::string text = to_canonical_json(sample());
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string prefix = text.substr(0, size);
    CHECK_FALSE(refused_text(prefix).empty());
  }
}

TEST_CASE("random damage is refused or gives another index, and never crashes") {
  const Index index = sample();
  const std::string text = to_canonical_json(index);
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    std::string bad = text;
    const std::size_t bit = random() % (bad.size() * 8);
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    if (refused_text(bad).empty()) {
      CHECK(format::parse_index(bad, "bundle.json") != index);
    }
  }
}

TEST_CASE("only the canonical form is an index") {
  const std::string text = to_canonical_json(sample());
  CHECK(holds(refused_text(text + "\n"), "canonical"));
  CHECK(holds(refused_text(" " + text), "canonical"));
  CHECK(holds(refused_text(replace_all(text, "\"mode\":420", "\"mode\": 420")), "canonical"));
  CHECK(holds(refused_text(replace_all(text, "rhel-8.10", "rhel\\u002d8.10")), "canonical"));
  CHECK_FALSE(refused_text(text + text).empty());
}

TEST_CASE("unknown keys, other formats and newer ones are refused in words") {
  const std::string text = to_canonical_json(sample());
  CHECK(holds(refused_text(replace_all(text, "\"arch\":", "\"a\":1,\"arch\":")), "unknown key 'a'"));
  CHECK(holds(refused_text(replace_all(text, "bundle/1", "zip/1")), "not the index of a bundle"));
  const std::string newer = replace_all(replace_all(text, "bundle/1", "bundle/2"), "0.1.0", "3.4.0");
  CHECK(holds(refused_text(newer), "needs version 3.4.0 of the tool"));
  CHECK(holds(refused_text(replace_all(text, "0.1.0", "99.0.0")), "needs version 99.0.0 of the tool"));
}

TEST_CASE("an index that contradicts itself is refused") {
  CHECK(refused([](Index&) {}).empty());
  CHECK(holds(refused([](Index& i) { i.entries[1].path = i.entries[0].path; }), "stands twice"));
  CHECK(holds(refused([](Index& i) { i.entries[0].path = i.entries[1].path / "below"; }), "is below a file"));
  CHECK(holds(refused([](Index& i) { i.entries[0].at[0].offset += 512; }), "begins at"));
  CHECK(holds(refused([](Index& i) { i.entries[0].at[0].offset += 1; }), "begins at"));
  CHECK(holds(refused([](Index& i) { i.entries[0].at[0].part = 99; }), "which there is not"));
  CHECK(holds(refused([](Index& i) { i.entries[0].at[0].size_bytes += 1; }), "bytes together"));
  CHECK(holds(refused([](Index& i) { i.entries[0].at.clear(); }), "has 0 pieces"));
  CHECK(holds(refused([](Index& i) { i.entries[0].sha256 = std::string(64, 'A'); }), "not a SHA-256"));
  CHECK(holds(refused([](Index& i) { i.parts[0].size_bytes += 512; }), "but its entries make"));
  CHECK(holds(refused([](Index& i) { i.parts[0].name = "../x.tar"; }), "is not named"));
  CHECK(holds(refused([](Index& i) { i.parts.clear(); }), "0 parts"));
  CHECK(holds(refused([](Index& i) { i.name = "a/b"; }), "name is malformed"));
  CHECK(holds(refused([](Index& i) { i.version = "1..2"; }), "version is malformed"));
  CHECK(holds(refused([](Index& i) { i.created = "yesterday"; }), "not a date"));
  CHECK(holds(refused([](Index& i) { i.rpms[0].path = "rpms/other"; }), "is not an entry"));
  CHECK(holds(refused([](Index& i) { i.rpms[0].trust = "none"; }), "trust"));
  CHECK(holds(refused([](Index& i) { i.files[0].to = "/a/../b"; }), "not a plain absolute path"));
  CHECK(holds(refused([](Index& i) { i.images[0].ref = "x\x1b[2J"; }), "printable ASCII"));
  CHECK(holds(refused([](Index& i) { i.images[0].ref = "--all"; }), "as an option does"));
  CHECK(holds(refused([](Index& i) { i.rpms[0].nevra = "--nogpgcheck-1-1.x86_64"; }), "as an option does"));
  CHECK(holds(refused([](Index& i) { i.charts[0].release = "--post-renderer=/x"; }), "as an option does"));
  CHECK(holds(refused([](Index& i) { i.images[0].digest = "sha512:00"; }), "digest"));
  CHECK(holds(refused([](Index& i) { i.installer.size_bytes = 1ull << 40; }), "installer"));
}

TEST_CASE("parts have a digest each, or, as once was, none of them") {
  const auto give = [](Index& index, const std::string& sha256) {
    for (format::Part& part : index.parts) {
      part.sha256 = sha256;
    }
  };
  const std::string digest(64, 'd');
  CHECK(refused([](Index& i) { CHECK(i.parts[0].sha256.empty()); }).empty());
  Index with = sample();
  give(with, digest);
  const std::string text = to_canonical_json(with);
  CHECK(holds(text, R"(.000.tar","sha256":")" + digest + R"(","size":)"));
  CHECK(format::parse_index(text, "bundle.json") == with);
  CHECK(holds(refused([&](Index& i) { i.parts[1].sha256 = digest; }), "some have none"));
  CHECK(holds(refused([&](Index& i) { give(i, std::string(64, 'D')); }), "part 0 is not a SHA-256"));
  CHECK(holds(refused_text(replace_all(text, digest, "")), "canonical form"));
}

TEST_CASE("the pieces of a split entry are in order") {
  CHECK(holds(refused([](Index& i) {
                for (format::Entry& entry : i.entries) {
                  if (entry.at.size() > 2) {
                    std::swap(entry.at[0], entry.at[1]);
                  }
                }
              }),
              "not in order"));
}

TEST_CASE("SHA256SUMS is the list of the entries") {
  CHECK(holds(refused([](Index& i) {
                for (format::Entry& entry : i.entries) {
                  if (entry.path.str() == format::kSumsPath) {
                    entry.sha256 = std::string(64, '0');
                  }
                }
              }),
              "SHA256SUMS"));
}

TEST_CASE("numbers that are no sizes are refused") {
  const std::string text = to_canonical_json(sample());
  for (const char* number : {"-1", "1.5", "1e3", "9223372036854775807", "18446744073709551616", "\"420\""}) {
    CHECK_FALSE(refused_text(replace_all(text, "\"mode\":420", std::string("\"mode\":") + number)).empty());
    CHECK_FALSE(refused_text(replace_all(text, "[[0,512,", std::string("[[0,") + number + ",")).empty());
  }
  CHECK_FALSE(refused_text(replace_all(text, "\"health\":[]", "\"health\":[1.5]")).empty());
}
