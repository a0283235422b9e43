#include "signing/join_key.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "support/thrown.hpp"

using namespace bundle;

namespace {

const std::string kKey(64, 'a');
const std::string kCluster = "11111111-2222-3333-4444-555555555555";

Error refused(const std::string& text, const std::string& passphrase, const std::string& cluster = kCluster) {
  return test::thrown_by([&] { signing::open_certificate_key(text, passphrase, cluster, "JOIN.key"); });
}

}  // namespace

TEST_CASE("the key comes back with its passphrase, and is in no file as it is") {
  const std::string text = signing::seal_certificate_key(kKey, "horse", kCluster);
  CHECK(text.find("aaaa") == std::string::npos);
  CHECK(signing::open_certificate_key(text, "horse", kCluster, "JOIN.key") == kKey);
  CHECK(refused(text, "Horse").kind() == ErrorKind::usage);
  CHECK(refused(text, "Horse").hint().find("join-info") != std::string::npos);
}

TEST_CASE("a key of another cluster, a changed one and garbage are refused") {
  const std::string text = signing::seal_certificate_key(kKey, "horse", kCluster);
  const std::string other = "99999999-2222-3333-4444-555555555555";
  CHECK(refused(text, "horse", other).kind() == ErrorKind::spec);
  CHECK(refused(replace_all(text, kCluster, other), "horse", other).kind() ==
        ErrorKind::usage);  // bound to its own
  for (const std::string& garbage :
       {std::string(), std::string("{}"), std::string("not JSON"), text + text, replace_all(text, "/1", "/2"),
        replace_all(text, "\"salt\":\"", "\"salt\":\"!"), replace_all(text, "{", "{\"more\":1,")}) {
    CAPTURE(garbage);
    CHECK(refused(garbage, "horse").kind() == ErrorKind::spec);
  }
}

TEST_CASE("a file that is no key is not read to its end") {
  const TempDir folder;
  write_new_file(folder.path() / "JOIN.key", std::string(5000, 'x'), 0600);
  CHECK(test::thrown_by([&] { signing::join_key_text(folder.path() / "JOIN.key"); }).kind() ==
        ErrorKind::spec);
}
