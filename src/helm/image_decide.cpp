#include "helm/image_decide.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "helm/place_pattern.hpp"
#include "images/os_choice.hpp"
#include "images/text.hpp"
#include "spec/reference.hpp"

namespace bundle::helm {
namespace {

/// Looked up from the mapping at the rule's place, then from the whole object.
bool holds(const spec::Condition& condition, const images::Candidate& candidate) {
  const yaml::Node* found = candidate.at == nullptr ? nullptr : find_path(candidate.at, condition.path);
  if (found == nullptr) {
    found = find_path(&candidate.object->node, condition.path);
  }
  if (condition.exists) {
    return *condition.exists == (found != nullptr);
  }
  if (found == nullptr || !found->is_scalar()) {
    return false;
  }
  return condition.is ? found->text == *condition.is : found->text.starts_with(*condition.starts_with);
}

template <class Rule>
const Rule* rule_for(const std::vector<Rule>& rules, const images::Candidate& candidate, bool exact) {
  for (const Rule& rule : rules) {
    if (rule.at.kind == candidate.object->kind && matches_path(rule.at.path, candidate.path, exact) &&
        !(rule.unless && holds(*rule.unless, candidate))) {
      return &rule;
    }
  }
  return nullptr;
}

/// The pieces for `rename`'s placeholders; of a whole reference, its own.
images::ImageParts parts_of(const images::Candidate& candidate) {
  images::ImageParts parts = candidate.parts;
  const auto reference = spec::parse_reference(candidate.text);
  if (reference && (parts.repository.empty() || parts.image.empty())) {
    const std::string name = reference->name();
    const std::size_t slash = name.rfind('/');
    parts = {.registry = reference->host,
             .repository = name.substr(0, slash),
             .image = name.substr(slash + 1),
             .tag = reference->tag,
             .version = reference->tag};
  }
  parts.version = parts.version.empty() ? parts.tag : parts.version;
  parts.tag = parts.tag.empty() ? parts.version : parts.tag;
  return parts;
}

/// Nothing when the name needs the node's OS and no target is given.
std::optional<std::string> renamed(const spec::ImageRename& rule, const images::Candidate& candidate,
                                   const std::optional<spec::Target>& target) {
  if (rule.to.find("{os.") != std::string::npos && !target) {
    return std::nullopt;
  }
  const images::ImageParts parts = parts_of(candidate);
  std::string name = rule.to;
  for (const auto& [placeholder, value] : {std::pair{"{registry}", parts.registry},
                                           {"{repository}", parts.repository},
                                           {"{image}", parts.image},
                                           {"{version}", parts.version},
                                           {"{tag}", parts.tag}}) {
    name = replace_all(name, placeholder, value);
  }
  if (target) {
    name = replace_all(name, "{os.id}", target->os_id);
    name = replace_all(name, "{os.version}", target->os_version);
    name = replace_all(name, "{os.major}", target->os_version.substr(0, target->os_version.find('.')));
  }
  return name;
}

/// A tag or digest is written out.
bool has_version_in(const std::string& text) {
  return text.find_first_of(":@", text.rfind('/') + 1) != std::string::npos;
}

/// Does what was found have all the pieces that the rule asks for? A path has its own, a bare word only those
/// beside it.
bool has_pieces_for(const std::string& to, const images::Candidate& candidate) {
  const bool is_path = candidate.text.find('/') != std::string::npos;
  const images::ImageParts parts = is_path ? parts_of(candidate) : candidate.parts;
  const bool has_version =
      !candidate.parts.tag.empty() || !candidate.parts.version.empty() || has_version_in(candidate.text);
  const auto is_met = [&to](std::string_view placeholder, bool has_piece) {
    return has_piece || to.find(placeholder) == std::string::npos;
  };
  return is_met("{registry}", !parts.registry.empty()) && is_met("{repository}", !parts.repository.empty()) &&
         is_met("{image}", !parts.image.empty()) && is_met("{tag}", has_version) &&
         is_met("{version}", has_version);
}

std::string normalised(const std::string& text) {
  const auto reference = spec::parse_reference(trim(text));
  return reference ? reference->str() : "";
}

struct OsVerdict {
  ImageState state;
  std::string reason;
};

/// What a choice by the node's OS comes to, unless it is this image. Nothing where there is no such choice.
std::optional<OsVerdict> judge_os(const images::Candidate& candidate,
                                  const std::optional<spec::Target>& target) {
  const std::string os = target ? target->os_image : "";
  if (candidate.only_os && candidate.only_os->empty()) {
    return OsVerdict{
        ImageState::undecided,
        "one of several images in a list whose tag stands beside it: nothing says when it is taken"};
  }
  if (candidate.only_os && os.empty()) {
    return OsVerdict{ImageState::undecided,
                     fmt::format("taken on nodes whose OS is called '{}': give --target, whose os needs its "
                                 "pretty-name",
                                 escaped(*candidate.only_os, 100))};
  }
  if (candidate.only_os) {
    const std::optional<bool> fits = images::fits_os(*candidate.only_os, os);
    const std::string on = fmt::format("nodes whose OS is called '{}'", escaped(*candidate.only_os, 100));
    if (!fits) {
      return OsVerdict{ImageState::undecided, "taken on " + on + ": is that the target's?"};
    }
    return *fits ? std::nullopt : std::optional(OsVerdict{ImageState::off, "taken on " + on + " only"});
  }
  const auto other = std::find_if(
      candidate.unless_os.begin(), candidate.unless_os.end(),
      [&os](const std::string& pattern) { return images::fits_os(pattern, os).value_or(false); });
  return other == candidate.unless_os.end()
             ? std::nullopt
             : std::optional(OsVerdict{ImageState::off,
                                       fmt::format("another one is taken on nodes whose OS is called '{}'",
                                                   escaped(*other, 100))});
}

FoundImage decide_one(const images::Candidate& candidate, const spec::ImageRules& rules,
                      const std::optional<spec::Target>& target) {
  const std::string name = normalised(candidate.text);
  FoundImage made{.image = name.empty() ? candidate.text : name,
                  .klass = candidate.klass,
                  .place = candidate.object->title() + " " + images::to_string(candidate.path),
                  .rule_path = images::rule_path(candidate.path)};
  const auto settle = [&made, &candidate](ImageState state, std::string reason) {
    made.state = state;
    made.image = state == ImageState::undecided ? candidate.text : made.image;
    made.reason = std::move(reason);
    return made;
  };
  if (const auto* rule = rule_for(rules.ignore, candidate, false)) {
    return settle(ImageState::off, rule->because);
  }
  const auto* rename = rule_for(rules.rename, candidate, true);
  if (rename != nullptr) {
    const std::optional<std::string> whole = renamed(*rename, candidate, target);
    const std::string whole_name = whole ? normalised(*whole) : "";
    if (!candidate.off.empty()) {
      made.image = whole_name.empty() ? made.image : whole_name;
      return settle(ImageState::off, candidate.off);
    }
    if (!candidate.doubt.empty() && !has_pieces_for(rename->to, candidate)) {
      return settle(ImageState::undecided, candidate.doubt);
    }
    if (!whole) {
      return settle(
          ImageState::undecided,
          "the operator completes this name with the node's OS; give --target (" + rename->because + ")");
    }
    if (whole_name.empty()) {
      return settle(ImageState::undecided,
                    fmt::format("the rule makes '{}' of it, which is not an image reference", *whole));
    }
    made.image = whole_name;
    return settle(ImageState::required, fmt::format("{} completed: {}", candidate.text, rename->because));
  }
  if (!candidate.off.empty()) {
    return settle(ImageState::off, candidate.off);
  }
  if (const std::optional<OsVerdict> verdict = judge_os(candidate, target)) {
    return settle(verdict->state, verdict->reason);
  }
  if (!candidate.doubt.empty() || name.empty()) {
    return settle(ImageState::undecided, candidate.doubt.empty() ? "no image reference" : candidate.doubt);
  }
  return settle(ImageState::required, candidate.klass);
}

/// Names that carry a tag or digest and are required for certain.
std::set<std::string> versioned_names(const std::vector<FoundImage>& images) {
  std::set<std::string> names;
  for (const FoundImage& found : images) {
    const auto reference = spec::parse_reference(found.image);
    if (found.state == ImageState::required && reference && reference->tag != "latest") {
      names.insert(reference->name());
    }
  }
  return names;
}

/// A setting that names an image without tag and digest, and that nothing has answered.
bool is_stem(const images::Candidate& candidate, const FoundImage& found, const std::string& name) {
  const bool is_answered = found.state == ImageState::off ||
                           (found.state == ImageState::required && found.image != name + ":latest");
  return !is_answered && candidate.klass != "podspec" && !candidate.is_of_container &&
         !has_version_in(candidate.text);
}

/// Where the release runs such an image with a version, a setting that leaves it empty gets that (linkerd's
/// `proxy.image: {name: …, version: ""}`); one that has no place for it is a question.
void settle_stems(const std::vector<const images::Candidate*>& candidates, std::vector<FoundImage>& images) {
  const std::set<std::string> names = versioned_names(images);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto reference = spec::parse_reference(trim(candidates[i]->text));
    if (!reference || !names.contains(reference->name()) ||
        !is_stem(*candidates[i], images[i], reference->name())) {
      continue;
    }
    if (candidates[i]->doubt == images::kVersionElsewhere) {
      images[i].state = ImageState::off;
      images[i].reason = "its version is left empty here; the release runs it with one";
    } else if (images[i].state == ImageState::required) {
      images[i].state = ImageState::undecided;
      images[i].image = candidates[i]->text;
      images[i].reason =
          "a name without a version, which the release also runs with one: is it `latest`, or that version?";
    }
  }
}

}  // namespace

bool names_any(const spec::Place& place, const images::Candidates& candidates, bool exact) {
  return std::any_of(candidates.all.begin(), candidates.all.end(), [&](const images::Candidate& candidate) {
    return place.kind == candidate.object->kind && matches_path(place.path, candidate.path, exact);
  });
}

std::vector<FoundImage> decide(const images::Candidates& candidates, const spec::ImageRules& rules,
                               const std::optional<spec::Target>& target) {
  std::vector<FoundImage> all;
  std::vector<const images::Candidate*> decided;  // of each
  const auto add = [&](const images::Candidate& candidate) {
    all.push_back(decide_one(candidate, rules, target));
    decided.push_back(&candidate);
  };
  std::set<std::string> known;
  std::set<const images::Object*> spoken;
  for (const images::Candidate& candidate : candidates.all) {
    if (!candidate.is_leftover) {
      add(candidate);
      known.insert(normalised(candidate.text));
      spoken.insert(candidate.object);
    }
  }
  for (const images::Candidate& candidate : candidates.all) {
    const bool is_known = candidate.text.empty() ? spoken.contains(candidate.object)
                                                 : known.contains(normalised(candidate.text));
    if (candidate.is_leftover && !is_known) {
      add(candidate);
    }
  }
  settle_stems(decided, all);
  return all;
}

}  // namespace bundle::helm
