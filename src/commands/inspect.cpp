#include "commands/inspect.hpp"

#include <map>

#include "base/json.hpp"
#include "base/text.hpp"
#include "commands/words.hpp"
#include "format/verified_index.hpp"

namespace bundle::commands {
namespace {

using format::Index;
using Rows = std::vector<std::vector<std::string>>;

std::string section(std::string_view title, const Rows& rows) {
  return rows.empty() ? std::string() : fmt::format("\n{} ({})\n", title, rows.size()) + columns(rows);
}

std::string roles_text(const format::Roles& roles) {
  return roles.empty() ? "all" : join(std::vector<std::string>(roles.begin(), roles.end()), ",");
}

std::string entry_size(const Index& index, const std::string& path) {
  return format_size(index.find_entry(path)->size_bytes);
}

/// Of packages, which each have their own signature or that of their repository.
std::string rpm_voucher(const format::Rpm& rpm) {
  return spec::describe({.by = rpm.trust == "repo" ? spec::VouchedBy::metadata : spec::VouchedBy::openpgp});
}

/// How much each way vouches for: `12 OpenPGP key, 3 first use`.
std::string voucher_summary(const Index& index) {
  std::map<std::string, std::size_t> counts;
  const auto count = [&](const auto& list) {
    for (const auto& item : list) {
      ++counts[spec::describe({.by = item.vouched.by})];
    }
  };
  count(index.images);
  count(index.charts);
  count(index.manifests);
  count(index.programs);
  count(index.files);
  for (const format::Rpm& rpm : index.rpms) {
    ++counts[rpm_voucher(rpm)];
  }
  std::vector<std::string> words;
  for (const auto& [how, number] : counts) {
    words.push_back(fmt::format("{} {}", format_count(number), how));
  }
  return join(words, ", ");
}

std::string as_table(const Index& index) {
  Rows components, images, rpms, charts, manifests, programs, files, parts;
  for (const format::Component& c : index.components) {
    components.push_back({c.name, c.version, c.needs.empty() ? "" : "needs " + join(c.needs, ", ")});
  }
  for (const format::Image& i : index.images) {
    images.push_back(
        {i.ref, i.platform, format_size(i.size_bytes), roles_text(i.roles), spec::describe(i.vouched)});
  }
  for (const format::Rpm& r : index.rpms) {
    rpms.push_back({r.nevra, r.repository, entry_size(index, r.path), roles_text(r.roles), rpm_voucher(r)});
  }
  for (const format::Chart& c : index.charts) {
    charts.push_back({c.name, c.version, entry_size(index, c.path), c.namespace_, spec::describe(c.vouched)});
  }
  for (const format::Manifest& m : index.manifests) {
    manifests.push_back({m.path, entry_size(index, m.path), m.component, spec::describe(m.vouched)});
  }
  for (const format::Program& p : index.programs) {
    programs.push_back({p.path, entry_size(index, p.path), p.source, spec::describe(p.vouched)});
  }
  for (const format::File& f : index.files) {
    files.push_back(
        {f.path, entry_size(index, f.path), roles_text(f.roles), f.to, spec::describe(f.vouched)});
  }
  for (const format::Part& p : index.parts) {
    parts.push_back({p.name, format_size(p.size_bytes)});
  }
  return headline(index) + section("components", components) + section("images", images) +
         section("rpms", rpms) + section("charts", charts) + section("manifests", manifests) +
         section("programs", programs) + section("files", files) + section("parts", parts) +
         fmt::format("\nvouched for: {}\ntotal: {} entries, {}\n", voucher_summary(index),
                     format_count(index.entries.size()), format_size(payload_bytes(index)));
}

/// The index itself, with the size of what each list names, the total, and that nobody vouches for it.
std::string as_json(const format::UnverifiedIndex& unverified) {
  json::Value document = json::parse(unverified.text, std::string(format::kIndexName));
  json::Object& root = *document.if_object();
  for (const char* list : {"rpms", "charts", "manifests", "files"}) {
    for (json::Value& item : *root.at(list).if_array()) {
      const std::string& path = *item.find("path")->if_string();
      (*item.if_object())["size"] = unverified.index.find_entry(path)->size_bytes;
    }
  }
  root["total"] = payload_bytes(unverified.index);
  root["verified"] = false;
  return json::pretty(document);
}

}  // namespace

void inspect(Session& session, const std::string& folder) {
  const format::UnverifiedIndex unverified = format::read_unverified_index(folder);
  session.log->warn(
      "NOTHING WAS VERIFIED: this is what the folder says of itself; `bundle verify` checks it");
  session.print(session.output == OutputFormat::json ? as_json(unverified) : as_table(unverified.index));
}

}  // namespace bundle::commands
