#include "build/fill.hpp"

#include <doctest/doctest.h>

#include "build/finish.hpp"
#include "format/verifier.hpp"
#include "support/build_world.hpp"
#include "support/small_bundle.hpp"
#include "support/small_disk.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using signing::PrivateKey;

namespace {

namespace stdfs = std::filesystem;

const std::string kInstaller(300 << 10, 'i');

struct Fixture : test::BuildWorld {
  spec::Lock lock{.name = "demo",
                  .version = "1.0",
                  .os = "rhel-9.4",
                  .arch = "x86_64",
                  .locked_at = "2026-11-21T20:00:00Z",
                  .inputs = std::string(64, '0')};
  build::InstallerFile installer{.path = "bundle-onsite", .content = kInstaller};
  PrivateKey key = PrivateKey::generate();
  stdfs::path out = folder.path() / "disk/out";
  stdfs::path partial = folder.path() / "disk/out.partial";

  build::Plan plan() const {
    std::vector<build::PlannedEntry> texts;
    for (int i = 0; i < 9; ++i) {
      std::string content = test::noise(i == 4 ? 2'600'000 : 90'000 * (i + 1), i);
      texts.push_back({.path = RelPath("charts/" + std::to_string(i)),
                       .size_bytes = content.size(),
                       .sha256 = sha256_hex(content),
                       .source = build::FromMemory{std::move(content)}});
    }
    return build::make_plan({.lock = lock,
                             .texts = std::move(texts),
                             .installer = {.sha256 = sha256_hex(kInstaller), .size_bytes = kInstaller.size()},
                             .part_size_bytes = 1 << 20});
  }
  build::SealedIndex build_all() {
    const build::Plan made = plan();
    const build::FilledParts filled = build::fill_parts(made, partial, earlier, world);
    build::SealedIndex index = build::seal_index(made, filled.sha256);
    build::finish_bundle(index, installer, key, partial, out);
    return index;
  }
  std::optional<build::SealedIndex> find(const PrivateKey& signer) {
    return build::find_built(plan(), installer, signer, out, world);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a filled bundle is whole, and its index has the digest of each part") {
  const build::SealedIndex sealed = build_all();
  const format::Trust trust{.keys = {{key.public_key(), "x.pub"}}, .expected_sha256 = sealed.sha256};
  const format::VerifiedIndex verified = verify_index({out}, trust);
  CHECK(check_installer(verified, trust).empty());
  CHECK(verify_payload(verified, {out}, progress, 2).empty());
  REQUIRE(verified.index().parts.size() > 4);
  for (const format::Part& part : verified.index().parts) {
    CHECK(part.sha256 == sha256_hex(read_file(out / part.name, 2 << 20)));
  }
}

TEST_CASE_FIXTURE(Fixture, "a work that was cut off comes to the same index") {
  const build::SealedIndex first = build_all();
  stdfs::rename(out, partial);
  {
    build::FillJournal journal(partial / ".journal", plan().sha256);
    const build::Plan made = plan();
    for (std::size_t i = 0; i < made.entries.size(); i += 2) {
      journal.record(i, made.entries[i].size_bytes);
    }
    // One of what the journal calls whole is spoilt.
    const format::Piece& piece = made.index.find_entry("charts/4")->at[1];
    pwrite_all(open_file(partial / made.index.parts[piece.part].name, OpenMode::create_or_open).get(),
               as_bytes("spoilt"), piece.offset + 50, "part");
  }
  CHECK(build_all().json == first.json);
}

TEST_CASE_FIXTURE(Fixture, "a bundle that is there is found, and nothing that is not it is signed") {
  const build::SealedIndex sealed = build_all();
  const PrivateKey other = PrivateKey::generate();
  const stdfs::path part = out / plan().index.parts[1].name;
  const stdfs::path index = out / "bundle.json";
  CHECK(find(key)->json == sealed.json);
  CHECK(find(other)->sha256 == sealed.sha256);
  SUBCASE("a part was changed") {
    pwrite_all(open_file(part, OpenMode::create_or_open).get(), as_bytes("changed"), 700, "part");
    const Error error = test::thrown_by([&] { find(other); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(test::holds(error.message(), part.string()));
  }
  SUBCASE("a digest in the index was changed") {
    const std::string digest = format::parse_index(sealed.json, "x").parts[1].sha256;
    std::string text = sealed.json;
    text.replace(text.find(digest), 64, std::string(64, 'd'));
    write_file_atomically(index, text);
    CHECK(test::thrown_by([&] { find(key); }).kind() == ErrorKind::integrity);
  }
  SUBCASE("an index without digests") {
    write_file_atomically(index, plan().index_json);
    CHECK(test::thrown_by([&] { find(key); }).kind() == ErrorKind::usage);
  }
  SUBCASE("no index at all") {
    write_file_atomically(index, "[]");
    CHECK(test::thrown_by([&] { find(key); }).kind() == ErrorKind::usage);
  }
}

TEST_CASE_FIXTURE(Fixture, "room is needed for parts, installer, index and signatures, or nothing begins") {
  std::uint64_t parts_bytes = 0;
  for (const format::Part& part : plan().index.parts) {
    parts_bytes += (part.size_bytes + 4095) / 4096 * 4096;
  }
  const auto code_with = [&](std::uint64_t size_bytes) {
    return test::on_small_disk(partial.parent_path(), size_bytes, [&] {
      try {
        build_all();
        return 0;
      } catch (const Error& error) {
        const bool is_begun = stdfs::exists(partial / plan().index.parts[0].name);
        return is_begun ? 200 : static_cast<int>(error.kind());
      }
    });
  };
  const int code = code_with(parts_bytes + kInstaller.size() / 2);
  if (code != test::kNoMounts) {
    CHECK(code == static_cast<int>(ErrorKind::no_space));
    CHECK(code_with(parts_bytes + kInstaller.size() + (128 << 10)) == 0);
  }
}
