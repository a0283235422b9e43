#include "commands/smoke.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "commands/host.hpp"
#include "commands/words.hpp"
#include "smoke/smoke.hpp"
#include "survey/expected.hpp"

namespace bundle::commands {
namespace {

std::vector<std::string> names_with_test(const format::Index& index) {
  std::vector<std::string> names;
  for (const format::Component& component : index.components) {
    if (!component.smoke.empty()) {
      names.push_back(component.name);
    }
  }
  return names;
}

const format::Component& component_of(const format::Index& index, const std::string& name) {
  const format::Component* component = index.find_component(name);
  if (component == nullptr || component->smoke.empty()) {
    const std::vector<std::string> names = names_with_test(index);
    throw Error(ErrorKind::usage,
                fmt::format("the installed bundle has no smoke test of '{}'", escaped(name)),
                names.empty() ? "it has none at all" : "it has those of " + join(names, ", "));
  }
  return *component;
}

json::Value as_json(const std::vector<smoke::Result>& results) {
  json::Array rows;
  for (const smoke::Result& result : results) {
    rows.push_back(json::Object{{"component", result.component},
                                {"passed", result.has_passed},
                                {"seconds", static_cast<std::int64_t>(result.seconds)},
                                {"words", result.words}});
  }
  return rows;
}

std::string as_table(const std::vector<smoke::Result>& results) {
  std::vector<std::vector<std::string>> rows;
  std::string words;
  for (const smoke::Result& result : results) {
    rows.push_back(
        {result.component, result.has_passed ? "passed" : "FAILED", fmt::format("{:.1f} s", result.seconds)});
    words += result.has_passed ? "" : fmt::format("{}: {}\n", result.component, result.words);
  }
  return rows.empty() ? "no component of the installed bundle has a smoke test\n" : columns(rows) + words;
}

}  // namespace

void smoke(Session& session, const SmokeOptions& options) {
  const host::Host host = this_host(session);
  const survey::Expected expected = survey::expected_of(host);
  if (!expected.index.value) {
    throw Error(ErrorKind::preflight, expected.index.why_not);
  }
  const format::Index& index = *expected.index.value;
  std::vector<const format::Component*> tests;
  for (const std::string& name : options.components.empty() ? names_with_test(index) : options.components) {
    tests.push_back(&component_of(index, name));
  }
  std::vector<smoke::Result> results;
  for (const format::Component* component : tests) {
    session.log->info("testing " + component->name);
    results.push_back(smoke::run_test(host, index, *component, std::chrono::seconds(options.patience_s)));
  }
  session.print(session.output == OutputFormat::json ? json::pretty(as_json(results)) : as_table(results));
  const auto failed = std::count_if(results.begin(), results.end(),
                                    [](const smoke::Result& result) { return !result.has_passed; });
  if (failed > 0) {
    throw Error(ErrorKind::step,
                fmt::format("{} failed", count_words(static_cast<std::size_t>(failed), "smoke test")),
                "bundle status --cluster says what is wrong with nodes and components");
  }
}

}  // namespace bundle::commands
