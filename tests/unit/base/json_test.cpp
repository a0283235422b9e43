#include "base/json.hpp"

#include <doctest/doctest.h>

#include <cstdint>

#include "support/thrown.hpp"

using namespace bundle;
using json::Array;
using json::Object;
using json::Value;

namespace {

std::string error_of(std::string_view text) {
  return render(test::thrown_by([&] { json::parse(text, "x.json"); }));
}

}  // namespace

TEST_CASE("canonical form is RFC 8785's for what we write") {
  const Value value =
      Object{{"b", Array{1, true, nullptr, "x"}}, {"a", Object{}}, {"C", Array{}}, {"n", std::int64_t{-5}}};
  CHECK(json::canonical(value) == R"({"C":[],"a":{},"b":[1,true,null,"x"],"n":-5})");
  CHECK(json::canonical("\"\\/\b\f\n\r\t\x01\x1f ü€") == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f ü€\"");
  CHECK_THROWS_AS(json::canonical(1.5), Error);
  CHECK_THROWS_AS(Value(std::uint64_t{1} << 63), Error);
  CHECK(json::canonical(std::uint64_t{INT64_MAX}) == "9223372036854775807");
}

TEST_CASE("whatever bytes a text has, what is written can be read") {
  const json::Object object{{"k\xfc", "f\xfcr"}, {"ok", "für"}, {"z", std::string("\0\x7f\xe2\x82", 4)}};
  CHECK(json::canonical(object) == R"({"k\\xfc":"f\\xfcr","ok":"für","z":"\u0000)"
                                   "\x7f"
                                   R"(\\xe2\\x82"})");
  CHECK(json::parse(json::canonical(object), "x").find("k\\xfc")->if_string() != nullptr);
  CHECK_NOTHROW(json::parse(json::pretty(object), "x"));
}

TEST_CASE("the pretty form is for people") {
  CHECK(json::pretty(Object{{"a", Array{1, 2}}, {"b", Object{}}, {"c", 1.5}}) ==
        "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\": 1.5\n}\n");
}

TEST_CASE("what is parsed and written again stays the same") {
  const std::string text = R"({"a":[{},[],{"b":"\u0001\\"}],"c":false,"d":-9223372036854775808,"e":null})";
  CHECK(json::canonical(json::parse(text, "x")) == text);
  CHECK(json::parse(R"("\ud83d\ude00")", "x") == Value("😀"));
  CHECK(json::parse("1e2", "x") == Value(100.0));
  CHECK(json::parse("18446744073709551615", "x") == Value(18446744073709551615.0));
  CHECK(json::parse(R"("a\u0000b")", "x") == Value(std::string("a\0b", 3)));
}

TEST_CASE("a document that ends too early is refused at every byte") {
  const std::string text = R"({"a": [1, "é\u00e9", {"b": null}], "c": true})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    CAPTURE(size);
    CHECK(test::thrown_by([&] { json::parse(text.substr(0, size), "x"); }).kind() == ErrorKind::integrity);
  }
  CHECK_NOTHROW(json::parse(text, "x"));
}

TEST_CASE("faults carry line and column") {
  CHECK(error_of("{\n  \"a\": x}").starts_with("x.json:2:8: this is not JSON: syntax error"));
  CHECK(error_of("").starts_with("x.json:1:1: this is not JSON"));
  CHECK(error_of("{\"a\": 1,\n \"b\": {\"c\": 1,\n  \"c\": 2}}") ==
        "x.json:3:5: the key 'c' stands twice in one object");
  CHECK(error_of(std::string("{}\n\0{", 5)) == "x.json:2:1: this is not JSON: it holds a NUL byte");
  CHECK(error_of("{} {}").starts_with("x.json:1:4: "));
  CHECK(test::thrown_by([] { json::parse("", "x", ErrorKind::spec); }).kind() == ErrorKind::spec);
}

TEST_CASE("what JSON does not know is refused") {
  for (const char* text :
       {"{'a':1}", "[1,]", "{\"a\":1,}", "01", "+1", "NaN", "1e999", "// c\n1", "\"\x01\"", "\"\xff\"",
        "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\\ud800\"", "\"\\x41\"", "tru", "[1 2]"}) {
    CAPTURE(text);
    CHECK(test::holds(error_of(text), "this is not JSON"));
  }
  CHECK(test::holds(error_of("1e999"), "not JSON: number overflow"));
}

TEST_CASE("the same key in different objects is no duplicate, an escaped one is") {
  CHECK_NOTHROW(json::parse(R"([{"a":{"a":1}},{"a":1}])", "x"));
  CHECK(test::holds(error_of(R"({"a":1,"\u0061":2})"), "stands twice"));
}

TEST_CASE("nesting has a limit, and its place is named") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK_NOTHROW(json::parse(nested(200), "x"));
  CHECK(error_of(nested(201)) == "x.json:1:201: JSON nests deeper than 200 levels");
  CHECK(error_of(std::string(5'000'000, '[')) == "x.json:1:201: JSON nests deeper than 200 levels");
}

TEST_CASE("a hostile document makes no huge message") {
  CHECK(error_of('"' + std::string(1'000'000, 'a')).size() < 500);
  CHECK(error_of("{\"" + std::string(1'000'000, 'a') + "\":1,\"" + std::string(1'000'000, 'a') + "\":1}")
            .size() < 500);
}

TEST_CASE("a Reader takes typed members and refuses what nobody asked for") {
  const Value value = json::parse(R"({"s":"x","n":5,"b":true,"l":["a"],"o":{}})", "doc");
  json::Reader reader(value, "doc");
  CHECK(reader.string("s") == "x");
  CHECK(reader.number("n") == 5);
  CHECK(reader.boolean_or("b", false));
  CHECK(reader.strings("l") == std::vector<std::string>{"a"});
  CHECK(reader.string_or("absent", "else") == "else");
  CHECK(reader.array_or_empty("none").empty());
  CHECK(reader.member_or_null("nothing") == nullptr);
  const Error left = test::thrown_by([&] { reader.done(); });
  CHECK(left.message() == "doc: unknown key 'o'");
  CHECK(reader.member("o") == Value(Object{}));
  CHECK_NOTHROW(reader.done());
}

TEST_CASE("a Reader names what is missing or of another type") {
  const Value value = json::parse(R"({"s":1,"n":-1,"l":[1],"strng":2})", "doc");
  json::Reader reader(value, "doc", ErrorKind::spec);
  CHECK(test::thrown_by([&] { reader.string("s"); }).message() == "doc.s: expected a string");
  CHECK(test::thrown_by([&] { reader.number("n"); }).message() ==
        "doc.n: expected a whole number of at least 0");
  CHECK(test::thrown_by([&] { reader.strings("l"); }).message() == "doc.l: expected a list of strings");
  CHECK(test::thrown_by([&] { reader.array("s"); }).message() == "doc.s: expected a list");
  CHECK(test::thrown_by([&] { reader.boolean_or("s", true); }).message() == "doc.s: expected true or false");
  CHECK(test::thrown_by([&] { reader.string_or("string", ""), reader.done(); }).hint() ==
        "did you mean 'string'?");
  CHECK(test::thrown_by([&] { reader.member("gone"); }).message() == "doc.gone: is missing");
  CHECK(test::thrown_by([&] { reader.member("gone"); }).kind() == ErrorKind::spec);
  CHECK_THROWS_AS(json::Reader(Value(1), "doc"), Error);
}
