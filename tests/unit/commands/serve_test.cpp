#include "commands/serve.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "support/small_bundle.hpp"
#include "support/test_session.hpp"
#include "support/thrown.hpp"

using namespace bundle;
using signing::PrivateKey;
using test::holds;

namespace {

struct Fixture {
  TempDir dir;
  PrivateKey key = PrivateKey::generate();
  test::SmallBundle bundle = test::make_bundle(dir.path(), test::default_options(), {key});
  std::string out;
  commands::Session session = test::make_session(out);
  commands::ServeOptions options{
      .folders = {bundle.folder.string()}, .trust = {.root = dir.path().string()}, .listen = "127.0.0.1:0"};

  Error refused() {
    return test::thrown_by([&] { commands::serve(session, options); });
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "serve needs trust, as verify does") {
  CHECK(refused().kind() == ErrorKind::integrity);
  options.trust.keys = {(dir.path() / "other.pub").string()};
  write_new_file(options.trust.keys[0], PrivateKey::generate().public_key().pem(), 0644);
  CHECK(refused().kind() == ErrorKind::integrity);
}

TEST_CASE_FIXTURE(Fixture, "serve refuses options that contradict each other or are none") {
  const auto check = [&](const std::string& part) {
    const Error error = refused();
    CHECK(error.kind() == ErrorKind::usage);
    CHECK_MESSAGE(holds(error.message(), part), error.message());
    options.tls_cert = options.tls_key = "";
    options.tls_self_signed = false;
    options.allow = {};
    options.listen = "127.0.0.1:0";
  };
  options.tls_cert = "x";
  check("--tls-cert and --tls-key belong together");
  options.tls_cert = options.tls_key = "x";
  options.tls_self_signed = true;
  check("give one of them");
  options.listen = "8443";
  check("--listen takes ADDR:PORT");
  options.allow = {"10.0.0.1/8"};
  check("--allow takes networks without host bits");
}

TEST_CASE_FIXTURE(Fixture, "a certificate that is none is said before anything is served") {
  options.trust.expect = sha256_hex(read_file(bundle.folder / "bundle.json", 1 << 20));
  options.tls_cert = options.tls_key = (dir.path() / "x.pem").string();
  write_new_file(options.tls_cert, "no certificate", 0644);
  CHECK(holds(refused().message(), "--tls-cert names no certificate in PEM"));
}

TEST_CASE_FIXTURE(Fixture, "the service has the whole command, with absolute paths, quoted") {
  options.folders = {"/media/stick 100%"};
  options.trust.keys = {"/etc/site.pub"};
  options.listen = "10.0.0.5:443";
  options.allow = {"10.0.0.0/8"};
  options.tls_self_signed = true;
  options.unit = true;
  commands::serve(session, options);
  CHECK(holds(out, R"("serve" "--key" "/etc/site.pub" "--listen" "10.0.0.5:443" "--tls-self-signed" )"
                   R"("--allow" "10.0.0.0/8" "/media/stick 100%%")"));
  CHECK(holds(out, "AmbientCapabilities=CAP_DAC_READ_SEARCH CAP_NET_BIND_SERVICE\n"));
}
