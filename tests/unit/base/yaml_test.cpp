#include "base/yaml.hpp"

#include <doctest/doctest.h>

#include "support/thrown.hpp"

using namespace bundle;
using yaml::Kind;
using yaml::Node;

namespace {

Node parsed(std::string_view text) { return yaml::parse_one(text, "x.yml", ErrorKind::spec); }

std::string error_of(std::string_view text) {
  return render(test::thrown_by([&] { parsed(text); }));
}

std::string text_at(const Node& node, std::string_view key) {
  const Node* found = node.find(key);
  REQUIRE(found != nullptr);
  return found->text;
}

}  // namespace

TEST_CASE("scalars stay the text that was written") {
  const Node node =
      parsed("a: no\nb: 0644\nc: 1.10\nd: \"null\"\ne: null\nf:\ng: ~\nh: 1_000\ni: |\n  two\n  lines\n");
  CHECK(text_at(node, "a") == "no");
  CHECK(text_at(node, "b") == "0644");
  CHECK(text_at(node, "c") == "1.10");
  CHECK(node.find("d")->kind == Kind::scalar);
  CHECK(node.find("d")->quoted);
  CHECK(node.find("e")->kind == Kind::null);
  CHECK(node.find("f")->kind == Kind::null);
  CHECK(node.find("g")->kind == Kind::null);
  CHECK(text_at(node, "h") == "1_000");
  CHECK(text_at(node, "i") == "two\nlines\n");
  CHECK(node.find("absent") == nullptr);
  CHECK(parsed("- 1").find("a") == nullptr);
}

TEST_CASE("JSON is YAML") {
  const Node node = parsed(R"({"a": [1, "x"], "b": {"c": "\u00e9"}})");
  CHECK(node.find("a")->items.size() == 2);
  CHECK(text_at(*node.find("b"), "c") == "é");
}

TEST_CASE("nodes and keys know where they stand") {
  const Node node = parsed("# comment\na:\n  - x\n  -   y\nkey: {in: flow}\n");
  CHECK(node.line == 2);
  CHECK(node.column == 1);
  const Node& second = node.find("a")->items.at(1);
  CHECK(second.line == 4);
  CHECK(second.column == 7);
  const Node& flow = *node.find("key");
  CHECK(flow.line == 5);
  CHECK(flow.column == 6);
  CHECK(flow.key_line == 5);
  CHECK(flow.key_column == 1);
  CHECK(node.find("a")->key_line == 2);
  CHECK(node.find("a")->line == 3);
}

TEST_CASE("faults carry line and column") {
  CHECK(error_of("a: 1\nb: [1,\n") == "x.yml:3:1: this is not YAML: did not find expected node content");
  CHECK(error_of("a: 1\n  b: 2\n").starts_with("x.yml:2:4: this is not YAML: "));
  CHECK(error_of("a: *nowhere\n") == "x.yml:1:4: the alias *nowhere has no anchor before it");
  CHECK(error_of("a: 1\nb: 2\na: 3\n") == "x.yml:3:1: the key 'a' stands twice in one mapping");
  CHECK(error_of("a: 1\n---\nb: 2\n") == "x.yml:3:1: a second document begins here, where one is expected");
  CHECK(error_of("? [a]\n: 1\n") == "x.yml:1:3: a key must be plain text");
  CHECK(error_of("a: 1\nb: \xff\n").starts_with("x.yml:2:4: this is not YAML: "));
  CHECK(error_of("a: \x01\n").starts_with("x.yml:1:4: this is not YAML: "));
  CHECK(test::thrown_by([] { yaml::parse_all("[", "x", ErrorKind::integrity); }).kind() ==
        ErrorKind::integrity);
}

TEST_CASE("duplicate keys may be let through for what others wrote") {
  const std::vector<Node> all =
      yaml::parse_all("a: 1\na: 2\n", "x", ErrorKind::spec, yaml::DuplicateKeys::last_wins);
  CHECK(text_at(all.at(0), "a") == "2");
  CHECK(all.at(0).members.size() == 1);
}

TEST_CASE("an empty text is null, several documents are several nodes, a byte order mark is nothing") {
  CHECK(parsed("").kind == Kind::null);
  CHECK(parsed("# only a comment\n").kind == Kind::null);
  CHECK(yaml::parse_all("a\n---\nb\n---\n", "x", ErrorKind::spec).size() == 3);
  const Node marked = parsed(
      "\xef\xbb\xbf"
      "a: 1\r\nb:\r\n  c: 2\r\n");
  CHECK(text_at(marked, "a") == "1");
  CHECK(marked.column == 1);
  CHECK(text_at(*marked.find("b"), "c") == "2");
}

TEST_CASE("UTF-16 is named") {
  constexpr std::string_view kText(
      "\xff\xfe"
      "a\0:\0",
      6);
  CHECK(error_of(kText) ==
        "x.yml: this is text in UTF-16, and UTF-8 is expected\nhint: save it again with the encoding UTF-8");
}

TEST_CASE("merge keys give way to what is written out, before or after them") {
  const Node node = parsed(
      "base: &base {a: 1, b: 2, c: 3}\nmore: &more {c: 4, d: 5}\n"
      "x: {a: own, <<: *base, b: own}\ny: {<<: [*base, *more], d: own}\n");
  const Node& x = *node.find("x");
  CHECK(text_at(x, "a") == "own");
  CHECK(text_at(x, "b") == "own");
  CHECK(text_at(x, "c") == "3");
  CHECK(x.members.size() == 3);
  const Node& y = *node.find("y");
  CHECK(text_at(y, "c") == "3");  // the first one in the list wins
  CHECK(text_at(y, "d") == "own");
  CHECK(y.find("<<") == nullptr);
}

TEST_CASE("a merge key that merges nothing is an ordinary key") {
  CHECK(text_at(parsed("\"<<\": {a: 1}"), "<<").empty());
  CHECK(text_at(parsed("<<: text"), "<<") == "text");
  CHECK(parsed("<<: [1, 2]").find("<<")->items.size() == 2);
}

TEST_CASE("anchors are values, and end with their document") {
  const Node node = parsed("a: &x [1, &y two]\nb: *x\nc: *y\n");
  CHECK(node.find("b")->items.size() == 2);
  CHECK(text_at(node, "c") == "two");
  CHECK_THROWS_AS(yaml::parse_all("a: &x 1\n---\nb: *x\n", "x", ErrorKind::spec), Error);
}

TEST_CASE("alias bombs are refused: by nodes, by text, by depth") {
  std::string wide = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    wide += fmt::format("a{0}: &a{0} [{1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}, {1}]\n", i, before);
  }
  CHECK(test::holds(error_of(wide), "repeat more than 500000 nodes"));

  std::string heavy = "a: &a " + std::string(1 << 20, 'x') + "\nb:\n";
  for (int i = 0; i < 70; ++i) {
    heavy += " - *a\n";
  }
  CHECK(test::holds(error_of(heavy), "repeat more than 67108864 bytes"));

  std::string deep = "a0: &a0 " + std::string(100, '[') + std::string(100, ']') + "\n";
  for (int i = 1; i < 10; ++i) {
    deep += fmt::format("a{0}: &a{0} {1}*a{2}{3}\n", i, std::string(50, '['), i - 1, std::string(50, ']'));
  }
  CHECK(test::holds(error_of(deep), "x.yml:4:"));
  CHECK(test::holds(error_of(deep), "YAML nests deeper than 200 levels"));
}

TEST_CASE("nesting has a limit") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK_NOTHROW(parsed(nested(200)));
  CHECK(test::holds(error_of(nested(300)), "YAML nests deeper than 200 levels"));
  CHECK_THROWS_AS(parsed(std::string(1'000'000, '[')), Error);
}

TEST_CASE("a document cut at any byte is an error or a smaller document, never more") {
  const std::string text = "a: &x [1, \"é\", {b: ~}]\nc: *x\nd: |\n  text\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    CAPTURE(size);
    try {
      const Node node = parsed(text.substr(0, size));
      CHECK(node.members.size() <= 3);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::spec);
      CHECK(error.position().line >= 1);
    }
  }
}

TEST_CASE("a Reader takes typed members and points at the key that nobody knows") {
  const Node node = parsed("name: x\nlist: [a, b]\nmap: {k: v}\nflag: true\nempty:\nimgaes:\n  - y\n");
  yaml::Reader reader(node, "x.yml", "a bundle");
  CHECK(reader.text("name") == "x");
  CHECK(reader.texts("list") == std::vector<std::string>{"a", "b"});
  CHECK(reader.members("map").at(0).key == "k");
  CHECK(reader.boolean_or("flag", false));
  CHECK(reader.text_or("empty", "else") == "else");
  CHECK(reader.items("images").empty());
  const Error error = test::thrown_by([&] { reader.done(); });
  CHECK(render(error) == "x.yml:6:1: unknown key 'imgaes' in a bundle\nhint: did you mean 'images'?");
  CHECK(reader.all_members().size() == 6);
  CHECK_NOTHROW(reader.done());
}

TEST_CASE("a Reader points at what has another type") {
  const Node node = parsed("a: [1]\nb: x\nc: \"true\"\nd: [[1]]\n");
  yaml::Reader reader(node, "x.yml", "a bundle");
  const auto error = [](auto action) { return render(test::thrown_by(action)); };
  CHECK(error([&] { reader.text("a"); }) == "x.yml:1:4: expected plain text for 'a'");
  CHECK(error([&] { reader.items("b"); }) == "x.yml:2:4: expected a list for 'b'");
  CHECK(error([&] { reader.members("b"); }) == "x.yml:2:4: expected a mapping (key: value) for 'b'");
  CHECK(error([&] { reader.boolean_or("c", false); }) == "x.yml:3:4: expected true or false for 'c'");
  CHECK(error([&] { reader.texts("d"); }) == "x.yml:4:5: expected plain text for an item of 'd'");
  CHECK(error([&] { reader.text("gone"); }) == "x.yml:1:1: a bundle needs the key 'gone'");
  CHECK(error([] { yaml::Reader(parsed("- 1"), "x.yml", "a bundle"); }) ==
        "x.yml:1:1: expected a bundle as a mapping (key: value)");
}
