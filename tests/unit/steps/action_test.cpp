#include "steps/action.hpp"

#include <doctest/doctest.h>

#include "support/thrown.hpp"
#include "unit/steps/scripted.hpp"

namespace bundle::steps {
namespace {

Change change(std::string type, std::string key, std::string was) {
  return {.type = std::move(type), .key = std::move(key), .before = {{"was", std::move(was)}}};
}

/// Done or not, with the verify that every action has.
class Plain final : public Action {
 public:
  explicit Plain(bool is_done) : is_done_(is_done) {}
  std::string describe() const override { return "do it\n"; }
  json::Object inputs() const override { return {}; }
  bool is_done(Context& /*context*/) override { return is_done_; }
  Change capture(Context& /*context*/) override { return {}; }
  void apply(Context& /*context*/) override {}

 private:
  bool is_done_;
};

}  // namespace

TEST_CASE("what was captured is found by type and key together") {
  test::BareHost fake;
  const Context context(fake.host,
                        {change("file", "/a", "1"), change("block", "/a", "2"), change("file", "/b", "3")});
  CHECK(json::text_at(context.captured("block", "/a")->before, "was") == "2");
  CHECK(json::text_at(context.captured("file", "/b")->before, "was") == "3");
  CHECK(context.captured("block", "/b") == nullptr);
  CHECK(context.captured("", "") == nullptr);
  CHECK(Context(fake.host).captured("file", "/a") == nullptr);
}

TEST_CASE("a step that begins has its own changes from then on") {
  test::BareHost fake;
  Context context(fake.host, {change("file", "/a", "1")});
  context.begun({change("file", "/b", "2")});
  CHECK(context.captured("file", "/a") == nullptr);
  CHECK(json::text_at(context.captured("file", "/b")->before, "was") == "2");
}

TEST_CASE("marks come after those from before, and only once they are kept") {
  test::BareHost fake;
  std::vector<std::string> noted;
  bool is_full = false;
  Context context(fake.host, {}, {"first"}, [&](const json::Value& what) {
    if (is_full) {
      throw Error(ErrorKind::no_space, "disk full");
    }
    noted.push_back(json::canonical(what));
  });
  context.mark("second");
  CHECK(context.marks() == json::Array{"first", "second"});
  is_full = true;
  CHECK_THROWS_AS(context.mark("third"), Error);
  CHECK(context.marks() == json::Array{"first", "second"});
  CHECK(noted == std::vector<std::string>{"\"second\""});
}

TEST_CASE("a mark that nobody keeps is known to the try that made it") {
  test::BareHost fake;
  Context context(fake.host);
  context.mark(json::Object{{"part", 1}});
  REQUIRE(context.marks().size() == 1);
  CHECK(json::canonical(context.marks()[0]) == R"({"part":1})");
}

TEST_CASE("an action that is not done after all says what it did") {
  test::BareHost fake;
  CHECK_NOTHROW(Plain(true).verify(fake.context));
  const Error error = test::thrown_by([&] { Plain(false).verify(fake.context); });
  CHECK(error.kind() == ErrorKind::step);
  CHECK(error.message() == "this was done, but the host does not show it:\ndo it\n");
}

}  // namespace bundle::steps
