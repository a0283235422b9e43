#include <doctest/doctest.h>

#include "base/error.hpp"
#include "rpm/repomd.hpp"
#include "support/error_of.hpp"

using namespace bundle;
using test::contains;

namespace {

const std::string kSum(64, 'a');

std::string data(const std::string& type, const std::string& href, const std::string& more = "") {
  return "<data type=\"" + type + "\"><checksum type=\"sha256\">" + kSum + "</checksum><location href=\"" +
         href + "\"/>" + more + "</data>";
}
std::string document(const std::string& inside) {
  return "<?xml version=\"1.0\"?><repomd "
         "xmlns=\"http://linux.duke.edu/metadata/repo\"><revision>7</revision>" +
         inside + "</repomd>";
}
std::string refusal(const std::string& text) {
  try {
    rpm::parse_repomd(text, "repomd.xml");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::integrity);
    return render(error);
  }
  return {};
}
const std::string kPrimary = data("primary", "repodata/p.xml.gz", "<size>10</size><open-size>20</open-size>");

}  // namespace

TEST_CASE("repomd.xml gives the files that are used") {
  const rpm::Repomd repomd = rpm::parse_repomd(
      document(kPrimary + data("filelists", "repodata/f.xml.gz") + data("modules", "repodata/m.yaml") +
               data("primary_db", "../p.sqlite") + data("group", "comps.xml")),
      "repomd.xml");
  CHECK(repomd.revision == "7");
  REQUIRE(repomd.find("primary") != nullptr);
  CHECK(repomd.find("primary")->location.str() == "repodata/p.xml.gz");
  CHECK(repomd.find("primary")->checksum == kSum);
  CHECK(repomd.find("primary")->size_bytes == 10);
  CHECK(repomd.find("primary")->open_size_bytes == 20);
  CHECK(repomd.find("primary_db") == nullptr);
  const auto plan = rpm::plan_metadata(repomd);
  REQUIRE(plan.size() == 2);
  CHECK(plan[0].type == "primary");
  CHECK(plan[1].type == "modules");
}

TEST_CASE("a repomd.xml that is wrong is refused with the place") {
  CHECK(contains(refusal(""), "repomd.xml:1:1: no repository index"));
  CHECK(contains(refusal("<html/>"), "the root element is not repomd"));
  CHECK(contains(refusal(document("")), "names no 'primary'"));
  CHECK(contains(refusal(document(data("primary_db", "p.sqlite"))), "only the sqlite copy"));
  CHECK(contains(refusal(document(kPrimary + kPrimary)), "names 'primary' twice"));
  CHECK_FALSE(refusal(document(data("primary", "../../etc/passwd"))).empty());
  CHECK_FALSE(refusal(document(data("primary", "/etc/passwd"))).empty());
  CHECK_FALSE(refusal(document(data("primary", ""))).empty());
  CHECK(contains(refusal(document(data("primary", "p.xml", "<size>-1</size>"))), "size"));
  CHECK(contains(refusal(document(data("primary", "p.xml", "<open-size>99999999999</open-size>"))),
                 "open-size"));
  CHECK(contains(refusal("<!DOCTYPE r [<!ENTITY a \"b\">]>" + document(kPrimary)), "document type"));
  CHECK(contains(refusal(document("<data type=\"primary\"><checksum type=\"sha256\">abc</checksum>"
                                  "<location href=\"p.xml\"/></data>")),
                 "is not a sha256"));
  CHECK(contains(refusal(document("<data type=\"primary\"><checksum type=\"crc\">abc</checksum></data>")),
                 "crc"));
  CHECK(contains(refusal(std::string(2 << 20, ' ')), "longer than"));
  std::string deep;
  for (int i = 0; i < 100; ++i) {
    deep += "<x>";
  }
  CHECK(contains(refusal("<repomd>" + deep), "too deeply"));
}

TEST_CASE("a repomd.xml cut off anywhere is refused") {
  const std::string whole = document(kPrimary);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(refusal(whole.substr(0, size)).empty());
  }
}
