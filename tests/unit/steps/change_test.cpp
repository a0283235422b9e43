#include "steps/change.hpp"

#include <doctest/doctest.h>

#include <array>

#include "support/bare_host.hpp"
#include "support/thrown.hpp"

namespace bundle::steps {
namespace {

void undo_one(host::Host& host, const Change& change) { host.run({"one", change.key}); }
void undo_two(host::Host& host, const Change& change) {
  host.run({"two", change.key, json::text_at(change.before, "was")});
}

constexpr std::array kTable{UndoRow{.type = "one", .undo = undo_one},
                            UndoRow{.type = "two", .undo = undo_two}};

}  // namespace

TEST_CASE("a change is undone by the row of exactly its type") {
  test::BareHost fake;
  fake.runner.on({"one"}, CommandResult{});
  fake.runner.on({"two"}, CommandResult{});
  undo_change(fake.host, {.type = "two", .key = "k", .before = {{"was", "x"}}}, kTable);
  undo_change(fake.host, {.type = "one", .key = "two", .before = {}}, kTable);
  CHECK(fake.runner.ran() == std::vector<std::string>{"two k x", "one two"});
}

TEST_CASE("a type that the table does not have is refused, not passed over") {
  test::BareHost fake;
  for (const std::string type : {"", "on", "one ", "three"}) {
    CAPTURE(type);
    const Error error =
        test::thrown_by([&] { undo_change(fake.host, {.type = type, .key = "k", .before = {}}, kTable); });
    CHECK(error.kind() == ErrorKind::integrity);
    CHECK(error.message() == "this version cannot undo a change of type '" + type + "' (k)");
  }
  CHECK(fake.runner.ran().empty());
}

}  // namespace bundle::steps
