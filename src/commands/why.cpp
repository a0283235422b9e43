#include "commands/why.hpp"

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/suggest.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "commands/words.hpp"
#include "format/verified_index.hpp"

namespace bundle::commands {
namespace {

/// Why a component is there: pinned in versions.yml, and needed by others.
template <class Components>
std::vector<std::string> component_chains(const Components& components, const std::string& name) {
  std::vector<std::string> chains = {"components: " + name};
  for (const auto& other : components) {
    if (std::ranges::find(other.needs, name) != other.needs.end()) {
      chains.push_back("components: " + other.name + " > needs " + name);
    }
  }
  return chains;
}

/// What a person types for it, beside the whole name.
std::vector<std::string> short_names(const Reason& reason) {
  const std::string& name = reason.name;
  if (reason.kind == "image") {
    const std::string repository = name.substr(0, name.find_first_of(":@", name.rfind('/') + 1));
    return {repository, repository.substr(repository.rfind('/') + 1)};
  }
  if (reason.kind == "rpm") {
    const std::size_t release = name.rfind('-');
    const std::size_t version =
        release == std::string::npos || release == 0 ? 0 : name.rfind('-', release - 1);
    return {name.substr(0, version)};
  }
  return {name.substr(0, name.rfind(' ')), name.substr(name.rfind('/') + 1)};
}

std::string as_json(const std::vector<Reason>& found) {
  json::Array array;
  for (const Reason& reason : found) {
    array.push_back(json::Object{{"kind", reason.kind},
                                 {"name", reason.name},
                                 {"roles", json::Array(reason.roles.begin(), reason.roles.end())},
                                 {"why", json::Array(reason.why.begin(), reason.why.end())}});
  }
  return json::pretty(array);
}

std::string as_table(const std::vector<Reason>& found) {
  std::string text;
  for (const Reason& reason : found) {
    text += reason.kind + " " + escaped(reason.name);
    if (!reason.roles.empty()) {
      text += " (" + join(std::vector<std::string>(reason.roles.begin(), reason.roles.end()), ", ") + ")";
    }
    text += '\n';
    for (const std::string& chain : reason.why) {
      text += "  " + escaped(chain) + "\n";
    }
  }
  return text;
}

std::vector<Reason> load_reasons(Session& session, const std::string& folder_or_lock) {
  if (std::filesystem::is_directory(folder_or_lock)) {
    session.log->detail("nothing was verified: this is what the folder says of itself");
    return reasons(format::read_unverified_index(folder_or_lock).index);
  }
  return reasons(spec::load_lock(folder_or_lock));
}

}  // namespace

std::vector<Reason> reasons(const format::Index& index) {
  std::vector<Reason> all;
  for (const format::Component& c : index.components) {
    all.push_back(
        {"component", c.name + " " + c.version, c.roles, component_chains(index.components, c.name)});
  }
  for (const format::Image& image : index.images) {
    all.push_back({"image", image.ref, image.roles, image.why});
  }
  for (const format::Rpm& rpm : index.rpms) {
    all.push_back({"rpm", rpm.nevra, rpm.roles, rpm.why});
  }
  for (const format::Chart& chart : index.charts) {
    all.push_back({"chart", chart.name + " " + chart.version, chart.roles, chart.why});
  }
  for (const format::File& file : index.files) {
    all.push_back({"file", file.path, file.roles, {"files: " + file.path + " from " + shown_url(file.url)}});
  }
  return all;
}

std::vector<Reason> reasons(const spec::Lock& lock) {
  std::vector<Reason> all;
  for (const spec::LockedComponent& c : lock.components) {
    all.push_back(
        {"component", c.name + " " + c.version, c.roles, component_chains(lock.components, c.name)});
  }
  for (const spec::LockedImage& image : lock.images) {
    all.push_back({"image", image.ref, image.roles, image.why});
  }
  for (const spec::LockedRpm& rpm : lock.rpms) {
    all.push_back({"rpm", rpm.nevra, rpm.roles, rpm.why});
  }
  for (const spec::LockedChart& chart : lock.charts) {
    all.push_back({"chart", chart.name + " " + chart.version, {}, chart.why});
  }
  for (const spec::LockedFile& file : lock.files) {
    all.push_back({"file", file.path, file.roles, {"files: " + file.path + " from " + shown_url(file.url)}});
  }
  return all;
}

std::vector<Reason> find_reasons(const std::vector<Reason>& all, const std::string& name) {
  std::vector<Reason> whole;
  std::vector<Reason> partly;
  for (const Reason& reason : all) {
    if (reason.name == name) {
      whole.push_back(reason);
    } else if (std::ranges::count(short_names(reason), name) > 0) {
      partly.push_back(reason);
    }
  }
  return whole.empty() ? partly : whole;
}

void why(Session& session, const std::string& folder_or_lock, const std::string& name) {
  const std::vector<Reason> all = load_reasons(session, folder_or_lock);
  const std::vector<Reason> found = find_reasons(all, name);
  if (found.empty()) {
    std::vector<std::string> names;
    for (const Reason& reason : all) {
      names.push_back(reason.name);
      const std::vector<std::string> shorter = short_names(reason);
      names.insert(names.end(), shorter.begin(), shorter.end());
    }
    throw Error(ErrorKind::usage,
                fmt::format("{} has no image, RPM, chart, file or component '{}'", folder_or_lock, name),
                did_you_mean(name, names));
  }
  session.print(session.output == OutputFormat::json ? as_json(found) : as_table(found));
}

}  // namespace bundle::commands
