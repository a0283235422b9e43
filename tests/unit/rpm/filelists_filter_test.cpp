#include "rpm/filelists_filter.hpp"

#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "base/handle.hpp"

using namespace bundle;

namespace {

const std::string kHead =
    "<?xml version=\"1.0\"?>\n<filelists xmlns=\"http://linux.duke.edu/metadata/filelists\" "
    "packages=\"9\">\n";
const std::string kTail = "</filelists>\n";

/// A package with `count` files of its own and these.
std::string package(const std::string& name, std::size_t count, const std::string& files = {}) {
  std::string text = "<package pkgid=\"" + name + "\" name=\"" + name +
                     "\" arch=\"noarch\">\n  <version epoch=\"0\" ver=\"1\" rel=\"1\"/>\n";
  for (std::size_t i = 0; i < count; ++i) {
    text += "  <file>/usr/share/" + name + "/" + std::to_string(i) + "</file>\n";
  }
  return text + files + "</package>";
}

std::string filtered(const std::string& text, const rpm::PathSet& wanted, std::size_t step = 4096) {
  const TempDir folder;
  write_file_atomically(folder.path() / "f", text);
  const Handle<FILE, std::fclose> inner(std::fopen((folder.path() / "f").c_str(), "re"));
  rpm::FilelistsFilter filter(inner.get(), wanted);
  std::string found;
  std::string buffer(step, '\0');
  while (const std::size_t got = std::fread(buffer.data(), 1, step, filter.file())) {
    found.append(buffer, 0, got);
  }
  return found;
}

}  // namespace

TEST_CASE("only packages that list a wanted file are left, whole") {
  const std::string has =
      package("has", 3, "  <file type=\"dir\">/opt/x y</file>\n  <file>/a&amp;b</file>\n");
  const std::string text = kHead + package("one", 2) + "\n" + has + "\n" + package("two", 2) + "\n" + kTail;
  const std::string expected = kHead + "\n" + has + "\n\n" + kTail;
  CHECK(filtered(text, {"/opt/x y"}) == expected);
  CHECK(filtered(text, {"/a&b"}) == expected);
  CHECK(filtered(text, {"/usr/share/has/2", "/none"}) == expected);
  CHECK(filtered(text, {"/usr/share/has"}) == kHead + "\n\n\n" + kTail);
}

TEST_CASE("packages lie across the blocks that are read, wherever they begin") {
  const std::string has = package("has", 20000, "  <file>/wanted</file>\n");  // longer than a block
  for (std::size_t shift = 0; shift < 40; ++shift) {
    const std::string filler = package("filler", 6800) + std::string(shift, '\n');
    const std::string text = kHead + filler + has + filler + has + kTail;
    CHECK(filtered(text, {"/wanted"}) ==
          kHead + std::string(shift, '\n') + has + std::string(shift, '\n') + has + kTail);
  }
}

TEST_CASE("what is cut off or malformed is left to the parser, at any byte") {
  const std::string text = kHead + package("one", 1) + package("has", 1, "  <file>/w</file>") + kTail;
  for (std::size_t length = 0; length <= text.size(); ++length) {
    CAPTURE(length);
    const std::string cut = text.substr(0, length);
    const std::string found = filtered(cut, {"/w"}, 7);
    const bool is_inside =
        cut.rfind("<package ") != std::string::npos &&
        (cut.rfind("</package>") == std::string::npos || cut.rfind("</package>") < cut.rfind("<package "));
    CHECK(found.starts_with(cut.substr(0, std::min(length, kHead.size()))));
    CHECK((!is_inside || found.ends_with(cut.substr(cut.rfind("<package ")))));
  }
  CHECK(rpm::lists_any("<package ><file>/x", {"/w"}));
  CHECK(rpm::lists_any("<package ><file>&unknown;</file></package>", {"/w"}));
}
