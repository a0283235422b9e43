#include "helm/unmatched_rules.hpp"

#include "base/error.hpp"
#include "base/suggest.hpp"

namespace bundle::helm {

std::vector<std::string> unmatched_rules(const spec::Versions& versions, const std::set<std::string>& used,
                                         const std::vector<FoundImage>& found) {
  std::vector<std::string> words;
  const auto check = [&](const auto& rules, std::string_view name) {
    for (const auto& rule : rules) {
      if (used.contains(to_string(rule.position))) {
        continue;
      }
      std::vector<std::string> paths;
      for (const FoundImage& image : found) {
        if (image.place.find("> " + rule.at.kind + "/") != std::string::npos) {
          paths.push_back(image.rule_path);
        }
      }
      const std::string near = did_you_mean(rule.at.path, paths);
      words.push_back(fmt::format("{}: this `{}` names no place where anything was found: kind {}, path {}{}",
                                  to_string(rule.position), name, rule.at.kind, rule.at.path,
                                  near.empty() ? "" : "; " + near));
    }
  };
  const auto check_both = [&](const spec::ImageRules& rules) {
    check(rules.ignore, "ignore");
    check(rules.rename, "rename");
  };
  check_both(versions.image_rules);
  for (const spec::ComponentPin& pin : versions.components) {
    check_both(pin.images);
  }
  for (const spec::ChartSpec& chart : versions.charts) {
    check_both(chart.images);
  }
  return words;
}

}  // namespace bundle::helm
