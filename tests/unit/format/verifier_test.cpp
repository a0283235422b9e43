#include "format/verifier.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <random>

#include "base/fs.hpp"
#include "format/tar.hpp"
#include "support/small_bundle.hpp"

using namespace bundle;
using format::Trust;
using signing::PrivateKey;

namespace {

namespace stdfs = std::filesystem;

Trust trust_in(const std::vector<PrivateKey>& keys) {
  Trust trust;
  for (const PrivateKey& key : keys) {
    trust.keys.push_back({key.public_key(), "test.pub"});
  }
  return trust;
}

/// All that `bundle verify` would say: what is thrown, or the findings.
std::vector<Finding> verify(const std::vector<stdfs::path>& folders, const Trust& trust) {
  try {
    const format::VerifiedIndex verified = verify_index(folders, trust);
    std::vector<Finding> findings = check_installer(verified, trust);
    NoProgress progress;
    for (Finding& finding : verify_payload(verified, folders, progress, 2)) {
      findings.push_back(std::move(finding));
    }
    return findings;
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::integrity);
    return {{.message = error.message(), .hint = error.hint()}};
  }
}

bool mentions(const std::vector<Finding>& findings, std::string_view text) {
  return std::ranges::any_of(findings, [&](const Finding& finding) {
    return finding.message.find(text) != std::string::npos ||
           finding.position.file.find(text) != std::string::npos;
  });
}

void flip_bit(const stdfs::path& path, std::uint64_t bit) {
  const UniqueFd fd = open_file(path, OpenMode::create_or_open);
  std::array<std::byte, 1> byte{};
  REQUIRE(pread_all(fd.get(), byte, bit / 8, "flip"));
  byte[0] ^= static_cast<std::byte>(1 << (bit % 8));
  pwrite_all(fd.get(), byte, bit / 8, "flip");
}

/// A bundle on disk with its key, fresh for each test.
struct Fixture {
  TempDir dir;
  PrivateKey key = PrivateKey::generate();
  test::SmallBundle bundle = test::make_bundle(dir.path(), test::default_options(), {key});
  Trust trust = trust_in({key});

  std::vector<Finding> verify_now() const { return verify({bundle.folder}, trust); }
  stdfs::path part(std::size_t number) const { return bundle.folder / bundle.index.parts.at(number).name; }
  stdfs::path index_signature() const {
    return bundle.folder / format::signature_name(format::kIndexName, key.public_key().id());
  }
  stdfs::path installer_signature() const {
    return bundle.folder / format::signature_name(format::kInstallerName, key.public_key().id());
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a whole bundle has no fault") {
  CHECK(verify_now().empty());
  const format::VerifiedIndex verified = verify_index({bundle.folder}, trust);
  CHECK(verified.index() == bundle.index);
  CHECK(verified.signers().size() == 1);
  CHECK(unlisted_files(verified, {bundle.folder}).empty());
}

TEST_CASE_FIXTURE(Fixture, "any flipped bit is found, and its file named") {
  std::mt19937_64 random(3);
  std::vector<stdfs::path> files = {index_signature(), installer_signature(), bundle.folder / "bundle",
                                    bundle.folder / "bundle.json"};
  for (std::size_t i = 0; i < bundle.index.parts.size(); ++i) {
    files.push_back(part(i));
  }
  for (const stdfs::path& file : files) {
    for (int round = 0; round < 60; ++round) {
      const std::uint64_t bit = random() % (stdfs::file_size(file) * 8);
      flip_bit(file, bit);
      const std::vector<Finding> findings = verify_now();
      CAPTURE(file);
      CAPTURE(bit);
      CHECK_FALSE(findings.empty());
      CHECK(mentions(findings, file.filename().string()));
      flip_bit(file, bit);
    }
  }
  CHECK(verify_now().empty());
}

TEST_CASE_FIXTURE(Fixture, "a damaged entry is named with part and offset, and so are the others") {
  const format::Entry* model = bundle.index.find_entry("files/model.gguf");
  const format::Entry* rpm = bundle.index.find_entry("rpms/signed/vim.rpm");
  flip_bit(part(model->at[1].part), (model->at[1].offset + 5) * 8);
  flip_bit(part(rpm->at[0].part), rpm->at[0].offset * 8);
  const std::vector<Finding> findings = verify_now();
  CHECK(findings.size() == 2);
  CHECK(mentions(findings, "entry files/model.gguf"));
  CHECK(mentions(findings, fmt::format("entry {}", rpm->path.str())));
  CHECK(mentions(findings, fmt::format("part {}, offset {}", rpm->at[0].part, rpm->at[0].offset)));
}

TEST_CASE_FIXTURE(Fixture, "a bad header of a later piece is laid to that piece's part") {
  const format::Piece& piece = bundle.index.find_entry("files/model.gguf")->at[1];
  flip_bit(part(piece.part), (piece.offset - 512) * 8);
  const std::vector<Finding> findings = verify_now();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].position.file == part(piece.part).string());
}

TEST_CASE_FIXTURE(Fixture, "headers, padding and trailer are part of what is verified") {
  const format::Entry* chart = bundle.index.find_entry("charts/demo.tgz");
  const format::Piece& piece = chart->at[0];
  SUBCASE("header") {
    flip_bit(part(piece.part), (piece.offset - 512 + 400) * 8);  // in the unused prefix
    CHECK(mentions(verify_now(), "tar header"));
  }
  SUBCASE("padding") {
    flip_bit(part(piece.part), (piece.offset + piece.size_bytes) * 8);
    CHECK(mentions(verify_now(), "padding"));
  }
  SUBCASE("trailer") {
    flip_bit(part(0), stdfs::file_size(part(0)) * 8 - 1);
    CHECK(mentions(verify_now(), "end of the archive"));
  }
}

TEST_CASE_FIXTURE(Fixture, "parts that are missing, cut, longer, swapped or of another bundle are found") {
  SUBCASE("missing") {
    stdfs::remove(part(1));
    CHECK(mentions(verify_now(), "missing"));
  }
  SUBCASE("cut") {
    stdfs::resize_file(part(1), stdfs::file_size(part(1)) - 1);
    CHECK(mentions(verify_now(), "bytes instead of"));
  }
  SUBCASE("longer") {
    stdfs::resize_file(part(1), stdfs::file_size(part(1)) + 512);
    CHECK(mentions(verify_now(), "bytes instead of"));
  }
  SUBCASE("swapped") {
    stdfs::rename(part(0), bundle.folder / "x");
    stdfs::rename(part(1), part(0));
    stdfs::rename(bundle.folder / "x", part(1));
    CHECK(verify_now().size() >= 2);
  }
  SUBCASE("of another bundle, of the same name and size") {
    test::SmallBundleOptions other = test::default_options();
    for (auto& [path, content] : other.contents) {
      content = test::noise(content.size(), 77);
    }
    const TempDir elsewhere;
    const test::SmallBundle stranger = test::make_bundle(elsewhere.path(), other, {key});
    REQUIRE(std::ranges::equal(stranger.index.parts, bundle.index.parts, {}, &format::Part::size_bytes,
                               &format::Part::size_bytes));
    stdfs::copy_file(stranger.folder / stranger.index.parts[0].name, part(0),
                     stdfs::copy_options::overwrite_existing);
    CHECK(mentions(verify_now(), "SHA-256"));
  }
}

TEST_CASE_FIXTURE(Fixture, "a part may lie in another folder, and a damaged copy is passed over by size") {
  const stdfs::path stick = dir.path() / "stick";
  make_folders(stick);
  stdfs::copy_file(part(1), stick / part(1).filename());
  stdfs::resize_file(part(1), 100);
  CHECK_FALSE(verify_now().empty());
  CHECK(verify({bundle.folder, stick}, trust).empty());
  CHECK(verify({stick, bundle.folder}, trust).empty());
}

TEST_CASE_FIXTURE(Fixture, "links, pipes and folders are never read as parts") {
  SUBCASE("symbolic link to the right content") {
    stdfs::rename(part(0), bundle.folder / "real");
    stdfs::create_symlink("real", part(0));
    CHECK(mentions(verify_now(), "symbolic link"));
  }
  SUBCASE("pipe") {
    stdfs::remove(part(0));
    REQUIRE(::mkfifo(part(0).c_str(), 0644) == 0);
    CHECK(mentions(verify_now(), "not a regular file"));
  }
  SUBCASE("the index as a link") {
    stdfs::rename(bundle.folder / "bundle.json", bundle.folder / "real");
    stdfs::create_symlink("real", bundle.folder / "bundle.json");
    CHECK(mentions(verify_now(), "symbolic link"));
  }
}

TEST_CASE_FIXTURE(Fixture, "files that the index does not list are told and not read") {
  make_folders(bundle.folder / "System Volume Information");
  write_new_file(bundle.folder / "notes.txt", "x", 0000);
  CHECK(verify_now().empty());
  const std::vector<std::string> unlisted =
      unlisted_files(verify_index({bundle.folder}, trust), {bundle.folder});
  CHECK(unlisted.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "trust: who has to have signed") {
  const PrivateKey other = PrivateKey::generate();
  const std::string sha256 = sha256_hex(to_canonical_json(bundle.index));
  SUBCASE("no trusted key at all: the three ways in words") {
    const std::vector<Finding> findings = verify({bundle.folder}, {});
    REQUIRE(mentions(findings, "no trusted key"));
    for (const char* way : {"--key", "/etc/bundle/keys/", "--expect"}) {
      CHECK(findings[0].hint.find(way) != std::string::npos);
    }
  }
  SUBCASE("the wrong key") {
    CHECK(mentions(verify({bundle.folder}, trust_in({other})), "no trusted key has signed"));
  }
  SUBCASE("one of several is enough") { CHECK(verify({bundle.folder}, trust_in({other, key})).empty()); }
  SUBCASE("no signature") {
    stdfs::remove(index_signature());
    CHECK(mentions(verify_now(), "no trusted key has signed"));
  }
  SUBCASE("no signature of the installer") {
    stdfs::remove(installer_signature());
    CHECK(mentions(verify_now(), "signed the installer"));
  }
  SUBCASE("a failing signature of a trusted key counts more than a good one") {
    const std::string name = format::signature_name(format::kIndexName, other.public_key().id());
    write_new_file(bundle.folder / name, other.sign(as_bytes("something else")), 0644);
    CHECK(verify_now().empty());  // not trusted, so nobody looks
    CHECK(mentions(verify({bundle.folder}, trust_in({key, other})), "is not a valid signature"));
  }
  SUBCASE("the signature of the installer is none of the index") {
    stdfs::copy_file(installer_signature(), index_signature(), stdfs::copy_options::overwrite_existing);
    CHECK(mentions(verify_now(), "is not a valid signature"));
  }
  SUBCASE("the digest on paper") {
    CHECK(verify({bundle.folder}, {.expected_sha256 = sha256}).empty());
    CHECK(mentions(verify({bundle.folder}, {.expected_sha256 = std::string(64, '0')}), "was expected"));
    Trust both = trust;
    both.expected_sha256 = std::string(64, '0');
    CHECK(mentions(verify({bundle.folder}, both), "was expected"));
  }
  SUBCASE("a signed index that is malformed is refused all the same") {
    const std::string text = "{\"format\":\"bundle/1\"}";
    write_file_atomically(bundle.folder / "bundle.json", text);
    write_file_atomically(index_signature(), key.sign(as_bytes(text)));
    CHECK(mentions(verify_now(), "bundle.json"));
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "an installer that is missing, another or too long is a fault, and the parts are read") {
  flip_bit(part(0), 4096);
  SUBCASE("missing") {
    stdfs::remove(bundle.folder / "bundle");
    CHECK(mentions(verify_now(), "missing"));
  }
  SUBCASE("longer") {
    stdfs::resize_file(bundle.folder / "bundle", 30'000);
    CHECK(mentions(verify_now(), "bytes instead of"));
  }
  CHECK(verify_now().size() == 2);
}

TEST_CASE("a folder without an index is a usage error") {
  const TempDir dir;
  CHECK_THROWS_WITH_AS(format::verify_index({dir.path()}, {.expected_sha256 = std::string(64, '0')}),
                       ("there is no bundle.json in " + dir.path().string()).c_str(), Error);
}
