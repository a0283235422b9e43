#include "nodes/marks.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "spec/site_grammar.hpp"

namespace bundle::nodes {
namespace {

bool is_in_domain(std::string_view name, std::string_view domain) {
  return name == domain || (name.size() > domain.size() && name.ends_with(domain) &&
                            name[name.size() - domain.size() - 1] == '.');
}

/// `KEY:EFFECT`: of these there is one taint on a node.
std::string name_of(const spec::Taint& taint) { return taint.key + ":" + taint.effect; }
std::string name_of(const json::Value& row) {
  return json::text_at(row, "key") + ":" + json::text_at(row, "effect");
}

class Comparison {
 public:
  Comparison(const json::Value& node, const Marks& wanted, Rights rights)
      : metadata_(json::member_at(node, "metadata")),
        taints_(json::rows_at(json::member_at(node, "spec"), "taints")),
        wanted_(wanted),
        rights_(rights) {
    read_ours();
  }

  Difference made() && {
    set_labels();
    drop_labels();
    change_taints();
    note_ours();
    if (!labels_.empty()) {
      patched_["labels"] = std::move(labels_);
    }
    if (!patched_.empty()) {
      made_.patch["metadata"] = std::move(patched_);
    }
    return std::move(made_);
  }

 private:
  void read_ours() {
    const std::string text = json::text_at(json::member_at(metadata_, "annotations"), std::string(kMarks));
    try {
      const json::Value marks = text.empty() ? json::Value() : json::parse(text, std::string(kMarks));
      for (const std::string& key : json::texts_at(marks, "labels")) {
        our_labels_.insert(key);
      }
      for (const std::string& name : json::texts_at(marks, "taints")) {
        our_taints_.insert(name);
      }
    } catch (const Error&) {
      return;  // somebody wrote it: then nothing is known to be ours
    }
  }

  const json::Value* label_now(const std::string& key) const {
    return json::member_at(metadata_, "labels").find(key);
  }
  bool may_label(const std::string& key) const {
    return rights_ == Rights::administrator || may_kubelet_label(key);
  }

  void set_labels() {
    for (const auto& [key, value] : wanted_.labels) {
      const json::Value* now = label_now(key);
      const bool is_so = now != nullptr && *now == json::Value(value);
      if (!is_so && !may_label(key)) {
        made_.denied.push_back(fmt::format("label {}={}", key, value));
        continue;
      }
      if (!is_so) {
        labels_[key] = value;
      }
      next_labels_.insert(key);
    }
  }

  void drop_labels() {
    for (const std::string& key : our_labels_) {
      if (wanted_.labels.contains(key) || label_now(key) == nullptr) {
        continue;
      }
      if (may_label(key)) {
        labels_[key] = nullptr;
      } else {
        made_.denied.push_back(fmt::format("label {} -", key));
        next_labels_.insert(key);
      }
    }
  }

  /// The rows that the node should have: an equal one stays as it is, with what others noted in it.
  json::Array taints_after() {
    json::Array rows;
    std::set<std::string> placed;
    for (const json::Value& row : taints_) {
      const std::optional<spec::Taint> taint = wanted_taint(name_of(row));
      if (taint || !our_taints_.contains(name_of(row))) {
        const bool is_so = !taint || json::text_at(row, "value") == taint->value;
        rows.push_back(is_so ? row : to_row(*taint));
        placed.insert(name_of(row));
      }
    }
    for (const std::string& text : wanted_.taints) {
      const spec::Taint taint = *spec::parse_taint(text);
      if (placed.insert(name_of(taint)).second) {
        rows.push_back(to_row(taint));
      }
    }
    return rows;
  }

  void change_taints() {
    json::Array after = taints_after();
    const bool is_so = after == taints_;
    if (is_so || rights_ == Rights::administrator) {
      for (const std::string& text : wanted_.taints) {
        next_taints_.insert(name_of(*spec::parse_taint(text)));
      }
    }
    if (is_so) {
      return;
    }
    if (rights_ == Rights::administrator) {
      // The list is replaced as a whole: what somebody adds meanwhile must not be lost.
      patched_["resourceVersion"] = json::text_at(metadata_, "resourceVersion");
      made_.patch["spec"] = json::Object{{"taints", std::move(after)}};
      return;
    }
    next_taints_ = our_taints_;
    deny_taints(after);
  }

  void deny_taints(const json::Array& after) {
    for (const json::Value& row : after) {
      if (std::find(taints_.begin(), taints_.end(), row) == taints_.end()) {
        made_.denied.push_back(fmt::format("taint {}", name_of(row)));
      }
    }
    for (const json::Value& row : taints_) {
      if (std::none_of(after.begin(), after.end(),
                       [&](const json::Value& other) { return name_of(other) == name_of(row); })) {
        made_.denied.push_back(fmt::format("taint {} -", name_of(row)));
      }
    }
  }

  void note_ours() {
    if (next_labels_ == our_labels_ && next_taints_ == our_taints_) {
      return;
    }
    json::Value note;
    if (!next_labels_.empty() || !next_taints_.empty()) {
      note = json::canonical(json::Object{{"labels", json::Array(next_labels_.begin(), next_labels_.end())},
                                          {"taints", json::Array(next_taints_.begin(), next_taints_.end())}});
    }
    patched_["annotations"] = json::Object{{std::string(kMarks), std::move(note)}};
  }

  std::optional<spec::Taint> wanted_taint(const std::string& name) const {
    for (const std::string& text : wanted_.taints) {
      if (spec::Taint taint = *spec::parse_taint(text); name_of(taint) == name) {
        return taint;
      }
    }
    return std::nullopt;
  }

  static json::Object to_row(const spec::Taint& taint) {
    json::Object row{{"key", taint.key}, {"effect", taint.effect}};
    if (!taint.value.empty()) {
      row["value"] = taint.value;
    }
    return row;
  }

  const json::Value& metadata_;
  const json::Array& taints_;
  const Marks& wanted_;
  Rights rights_;
  std::set<std::string> our_labels_;
  std::set<std::string> our_taints_;
  std::set<std::string> next_labels_;
  std::set<std::string> next_taints_;
  json::Object labels_;
  json::Object patched_;
  Difference made_;
};

}  // namespace

Marks marks_of(const cluster::ThisNode& node) {
  return {.node = node.name, .labels = node.labels, .taints = taints_of(node)};
}

std::vector<Marks> marks_of(const site::Site& site, const cluster::ThisNode& node) {
  std::vector<Marks> all;
  for (const site::SiteNode& one : site.nodes) {
    all.push_back(marks_of(cluster::node_of(site, one)));
  }
  return all.empty() ? std::vector<Marks>{marks_of(node)} : all;
}

bool may_kubelet_label(std::string_view key) {
  constexpr std::array<std::string_view, 11> kOwn = {"kubernetes.io/hostname",
                                                     "kubernetes.io/os",
                                                     "kubernetes.io/arch",
                                                     "beta.kubernetes.io/os",
                                                     "beta.kubernetes.io/arch",
                                                     "beta.kubernetes.io/instance-type",
                                                     "node.kubernetes.io/instance-type",
                                                     "topology.kubernetes.io/zone",
                                                     "topology.kubernetes.io/region",
                                                     "failure-domain.beta.kubernetes.io/zone",
                                                     "failure-domain.beta.kubernetes.io/region"};
  const std::size_t slash = key.find('/');
  const std::string_view domain = slash == std::string_view::npos ? "" : key.substr(0, slash);
  if (is_in_domain(domain, "node-restriction.kubernetes.io")) {
    return false;
  }
  const bool is_of_kubernetes = is_in_domain(domain, "kubernetes.io") || is_in_domain(domain, "k8s.io");
  return !is_of_kubernetes || std::find(kOwn.begin(), kOwn.end(), key) != kOwn.end() ||
         is_in_domain(domain, "kubelet.kubernetes.io") || is_in_domain(domain, "node.kubernetes.io");
}

Difference difference(const json::Value& node, const Marks& wanted, Rights rights) {
  return Comparison(node, wanted, rights).made();
}

}  // namespace bundle::nodes
