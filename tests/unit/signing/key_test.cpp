#include "signing/key.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/process.hpp"
#include "signing/passphrase.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using signing::PrivateKey;
using signing::PublicKey;

namespace {

std::string no_passphrase() { throw Error(ErrorKind::bug, "nobody should ask"); }

/// Runs the real openssl, the oracle.
CommandResult openssl(const std::filesystem::path& cwd, std::vector<std::string> argv) {
  argv.insert(argv.begin(), "openssl");
  PosixRunner runner;
  return runner.run({.argv = std::move(argv), .cwd = cwd});
}

void write(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string what_refuses(std::string_view pem) {
  try {
    PublicKey::from_pem(pem, "x.pub");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.message();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a signature verifies for its content and key only") {
  const PrivateKey key = PrivateKey::generate();
  const std::string signature = key.sign(as_bytes("index"));
  CHECK(key.public_key().verifies(as_bytes("index"), as_bytes(signature)));
  CHECK_FALSE(key.public_key().verifies(as_bytes("indeX"), as_bytes(signature)));
  CHECK_FALSE(PrivateKey::generate().public_key().verifies(as_bytes("index"), as_bytes(signature)));
  CHECK_FALSE(key.public_key().verifies(as_bytes("index"), as_bytes("")));
}

TEST_CASE("no bit of a signature can be flipped, nothing cut off or added") {
  const PrivateKey key = PrivateKey::generate();
  const std::string signature = key.sign(as_bytes("index"));
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    std::string bad = signature;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    CHECK_FALSE(key.public_key().verifies(as_bytes("index"), as_bytes(bad)));
  }
  for (std::size_t size = 0; size < signature.size(); ++size) {
    CHECK_FALSE(key.public_key().verifies(as_bytes("index"), as_bytes(signature.substr(0, size))));
  }
  CHECK_FALSE(key.public_key().verifies(as_bytes("index"), as_bytes(signature + "x")));
}

TEST_CASE("openssl verifies what we sign, and we what it signs") {
  const TempDir dir;
  const PrivateKey key = PrivateKey::generate();
  write(dir.path() / "key.pem", key.pem(""));
  write(dir.path() / "key.pub", key.public_key().pem());
  write(dir.path() / "content", "some bytes\n");

  write(dir.path() / "ours.sig", key.sign(as_bytes("some bytes\n")));
  CHECK(openssl(dir.path(), {"dgst", "-sha256", "-verify", "key.pub", "-signature", "ours.sig", "content"})
            .status == 0);

  CHECK(
      openssl(dir.path(), {"dgst", "-sha256", "-sign", "key.pem", "-out", "theirs.sig", "content"}).status ==
      0);
  const std::string theirs = read_file(dir.path() / "theirs.sig", 200);
  CHECK(key.public_key().verifies(as_bytes("some bytes\n"), as_bytes(theirs)));
}

TEST_CASE("the KEYID is the start of the SHA-256 of the DER") {
  const TempDir dir;
  const PrivateKey key = PrivateKey::generate();
  write(dir.path() / "key.pub", key.public_key().pem());
  REQUIRE(openssl(dir.path(), {"pkey", "-pubin", "-in", "key.pub", "-outform", "DER", "-out", "key.der"})
              .status == 0);
  CHECK(key.public_key().id() == sha256_hex(read_file(dir.path() / "key.der", 200)).substr(0, 16));
  CHECK(PublicKey::from_pem(key.public_key().pem(), "again").id() == key.public_key().id());
}

TEST_CASE("a passphrase keeps the key") {
  const PrivateKey key = PrivateKey::generate();
  const std::string pem = key.pem("open sesame");
  CHECK(pem.find("BEGIN ENCRYPTED PRIVATE KEY") != std::string::npos);
  const PrivateKey same = PrivateKey::from_pem(pem, "x.key", [] { return std::string("open sesame"); });
  CHECK(same.public_key().id() == key.public_key().id());
  CHECK_THROWS_WITH_AS(PrivateKey::from_pem(pem, "x.key", [] { return std::string("wrong"); }),
                       "x.key cannot be read with this passphrase", Error);
  CHECK_THROWS_WITH_AS(PrivateKey::from_pem(pem, "x.key", no_passphrase), "nobody should ask", Error);

  SUBCASE("openssl reads it too") {
    const TempDir dir;
    write(dir.path() / "key.pem", pem);
    CHECK(openssl(dir.path(), {"pkey", "-in", "key.pem", "-passin", "pass:open sesame", "-noout"}).status ==
          0);
    CHECK(openssl(dir.path(), {"pkey", "-in", "key.pem", "-passin", "pass:wrong", "-noout"}).status != 0);
  }
}

TEST_CASE("keys that openssl makes are read, in both of its forms") {
  const TempDir dir;
  REQUIRE(openssl(dir.path(), {"ecparam", "-name", "prime256v1", "-genkey", "-out", "sec1.key"}).status == 0);
  REQUIRE(openssl(dir.path(),
                  {"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "pkcs8.key"})
              .status == 0);
  for (const char* name : {"sec1.key", "pkcs8.key"}) {
    const PrivateKey key = signing::load_private_key(dir.path() / name, no_passphrase);
    CHECK(key.public_key().verifies(as_bytes("x"), as_bytes(key.sign(as_bytes("x")))));
  }
}

TEST_CASE("a private key that others can read or change is not used, and the way out is said") {
  const TempDir dir;
  const std::filesystem::path file = dir.path() / "site.key";
  write_new_file(file, PrivateKey::generate().pem(""), 0600);
  for (const mode_t mode : {0644, 0604, 0602, 0620, 0666}) {
    CAPTURE(mode);
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    const Error error = test::thrown_by([&] { signing::load_private_key(file, no_passphrase); });
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(test::holds(error.hint(), "chmod 600 " + file.string()));
  }
  for (const mode_t mode : {0600, 0400, 0640}) {  // a group may read: secrets are handed to services so
    CAPTURE(mode);
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    CHECK_NOTHROW(signing::load_private_key(file, no_passphrase));
  }
}

TEST_CASE("anything but one P-256 public key is refused in words") {
  const TempDir dir;
  const auto made = [&](const std::vector<std::string>& argv, const std::string& name) {
    REQUIRE(openssl(dir.path(), argv).status == 0);
    REQUIRE(openssl(dir.path(), {"pkey", "-in", "k", "-pubout", "-out", name}).status == 0);
    return read_file(dir.path() / name, 10'000);
  };
  const std::string ours = PrivateKey::generate().public_key().pem();
  CHECK(what_refuses(ours) == "accepted");
  CHECK(what_refuses("") == "x.pub is not a PEM file with a PUBLIC KEY");
  CHECK(what_refuses(ours.substr(0, ours.size() / 2)) == "x.pub is not a PEM file with a PUBLIC KEY");
  CHECK(what_refuses(PrivateKey::generate().pem("")) ==
        "x.pub holds a private key where a public one is wanted");
  CHECK(what_refuses(ours + ours) == "x.pub holds more than one PEM block");
  CHECK(what_refuses(made({"genpkey", "-algorithm", "RSA", "-out", "k"}, "rsa.pub")) ==
        "x.pub holds a key of type RSA");
  CHECK(what_refuses(made({"genpkey", "-algorithm", "ED25519", "-out", "k"}, "ed.pub")) ==
        "x.pub holds a key of type ED25519");
  CHECK(what_refuses(made({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "k"},
                          "p.pub")) == "x.pub holds a key on the curve secp384r1");
  REQUIRE(
      openssl(dir.path(), {"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "k"})
          .status == 0);
  REQUIRE(openssl(dir.path(), {"ec", "-in", "k", "-pubout", "-conv_form", "compressed", "-out", "c.pub"})
              .status == 0);
  CHECK(what_refuses(read_file(dir.path() / "c.pub", 10'000)) ==
        "x.pub holds a P-256 key with a compressed point or spelled-out curve parameters");
  REQUIRE(
      openssl(dir.path(), {"req", "-new", "-x509", "-key", "k", "-subj", "/CN=x", "-out", "cert"}).status ==
      0);
  CHECK(what_refuses(read_file(dir.path() / "cert", 10'000)) == "x.pub is a certificate, not a public key");
}

TEST_CASE("a public key does not sign") {
  const std::string pem = PrivateKey::generate().public_key().pem();
  CHECK_THROWS_WITH_AS(PrivateKey::from_pem(pem, "x.key", no_passphrase),
                       "x.key holds a public key where a private one is wanted", Error);
}
