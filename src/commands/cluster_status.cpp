#include "commands/cluster_status.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "commands/host.hpp"
#include "commands/words.hpp"
#include "survey/judge.hpp"
#include "survey/survey.hpp"

namespace bundle::commands {
namespace {

using survey::Picture;
using Table = std::vector<std::vector<std::string>>;

const survey::NodeImages* images_of(const Picture& picture, const std::string& node) {
  for (const survey::NodeImages& images : picture.images) {
    if (images.node == node) {
      return &images;
    }
  }
  return nullptr;
}

std::string image_words(const survey::NodeImages* images) {
  if (images == nullptr || !images->lacking.value) {
    return "unknown";
  }
  const std::size_t count = images->lacking.value->size();
  return count == 0 ? "all there" : fmt::format("{} lacking", count);
}

std::string node_table(const Picture& picture) {
  Table rows{{"node", "roles", "state", "kubelet", "address", "images"}};
  for (const survey::Node& node : *picture.nodes.value) {
    rows.push_back({node.host.name, node.roles.empty() ? "-" : join(node.roles, ","),
                    node.is_ready ? "Ready" : "not Ready", node.kubelet, node.host.address,
                    image_words(images_of(picture, node.host.name))});
  }
  return columns(rows);
}

std::string state_of(const survey::EtcdMember& member) {
  if (member.name.empty()) {
    return "not started";
  }
  if (member.is_learner) {
    return "learner";
  }
  return !member.answers ? "no answer" : member.is_leader ? "started, leader" : "started";
}

std::string etcd_table(const Picture& picture) {
  Table rows{{"etcd", "state"}};
  for (const survey::EtcdMember& member : *picture.etcd.value) {
    rows.push_back({member.name.empty() ? member.peer_urls : member.name, state_of(member)});
  }
  return columns(rows);
}

std::string vip_lines(const survey::Vip& vip) {
  if (!vip.owners.value) {
    return fmt::format("virtual address {}: unknown who has it\n", vip.address);
  }
  std::string text =
      vip.owners.value->empty() ? fmt::format("virtual address {}: nobody has it\n", vip.address) : "";
  for (const survey::VipOwner& owner : *vip.owners.value) {
    text += fmt::format("virtual address {}: {}{}\n", vip.address,
                        owner.node.empty() ? "unknown host" : owner.node,
                        owner.mac.empty() ? "" : " (" + owner.mac + ")");
  }
  return text;
}

std::string certificate_table(const Picture& picture, std::int64_t now) {
  Table rows{{"certificate", "node", "days left"}};
  for (const survey::Certificate& one : picture.certificates) {
    rows.push_back(
        {one.name, one.node, one.ends ? std::to_string(survey::days_left(*one.ends, now)) : "unknown"});
  }
  return columns(rows);
}

std::string timer_table(const Picture& picture) {
  Table rows{{"timer", "on", "last run"}};
  for (const survey::Timer& timer : picture.timers) {
    rows.push_back(
        {timer.unit, timer.is_on ? "yes" : "no", timer.fault.empty() ? "well" : "failed: " + timer.fault});
  }
  return columns(rows);
}

std::string component_table(const Picture& picture) {
  Table rows{{"component", "version", "state"}};
  for (const survey::Component& one : *picture.components.value) {
    rows.push_back({one.id, one.version,
                    one.is_pending()     ? "pending, until there is " + one.wants
                    : one.faults.empty() ? "well"
                                         : join(one.faults, "; ")});
  }
  return columns(rows);
}

std::string as_table(const Picture& picture, const std::vector<Finding>& findings, std::int64_t now) {
  std::string text = fmt::format("the cluster at https://{}, made by {} {}, as seen from {}\n\n",
                                 picture.endpoint, picture.bundle, picture.version, picture.node);
  text += picture.nodes.value ? node_table(picture) + "\n" : "";
  text += picture.etcd.value ? etcd_table(picture) + "\n" : "";
  text += picture.vip ? vip_lines(*picture.vip) + "\n" : "";
  text += picture.components.value ? component_table(picture) + "\n" : "";
  text += certificate_table(picture, now) + "\n";
  text += picture.timers.empty() ? "" : timer_table(picture) + "\n";
  for (const std::string& unknown : survey::unknowns(picture)) {
    text += fmt::format("unknown  {}\n", unknown);
  }
  for (const Finding& finding : findings) {
    text += fmt::format("wrong    {}\n         {}\n", finding.message, finding.hint);
  }
  return text + (findings.empty() ? "all is well\n" : "");
}

json::Array texts(const std::vector<std::string>& all) { return {all.begin(), all.end()}; }

json::Value nodes_json(const Picture& picture) {
  if (!picture.nodes.value) {
    return nullptr;
  }
  json::Array rows;
  for (const survey::Node& node : *picture.nodes.value) {
    const survey::NodeImages* images = images_of(picture, node.host.name);
    const bool knows_images = images != nullptr && images->lacking.value;
    rows.push_back(json::Object{
        {"address", node.host.address},
        {"images-lacking", knows_images ? json::Value(texts(*images->lacking.value)) : json::Value()},
        {"kubelet", node.kubelet},
        {"name", node.host.name},
        {"ready", node.is_ready},
        {"roles", texts(node.roles)}});
  }
  return rows;
}

json::Value etcd_json(const Picture& picture) {
  if (!picture.etcd.value) {
    return nullptr;
  }
  json::Array rows;
  for (const survey::EtcdMember& member : *picture.etcd.value) {
    rows.push_back(json::Object{{"answers", member.answers},
                                {"leader", member.is_leader},
                                {"learner", member.is_learner},
                                {"name", member.name},
                                {"peer", member.peer_urls},
                                {"started", !member.name.empty()}});
  }
  return rows;
}

json::Value vip_json(const Picture& picture) {
  if (!picture.vip) {
    return nullptr;
  }
  json::Value owners;
  if (picture.vip->owners.value) {
    json::Array rows;
    for (const survey::VipOwner& owner : *picture.vip->owners.value) {
      rows.push_back(json::Object{{"mac", owner.mac}, {"node", owner.node}});
    }
    owners = std::move(rows);
  }
  return json::Object{{"address", picture.vip->address}, {"owners", std::move(owners)}};
}

json::Array certificates_json(const Picture& picture, std::int64_t now) {
  json::Array rows;
  for (const survey::Certificate& one : picture.certificates) {
    rows.push_back(
        json::Object{{"days", one.ends ? json::Value(survey::days_left(*one.ends, now)) : json::Value()},
                     {"ends", one.ends ? json::Value(format_utc(*one.ends)) : json::Value()},
                     {"name", one.name},
                     {"node", one.node}});
  }
  return rows;
}

json::Array timers_json(const Picture& picture) {
  json::Array rows;
  for (const survey::Timer& timer : picture.timers) {
    rows.push_back(json::Object{{"fault", timer.fault}, {"on", timer.is_on}, {"unit", timer.unit}});
  }
  return rows;
}

json::Value components_json(const Picture& picture) {
  if (!picture.components.value) {
    return nullptr;
  }
  json::Array rows;
  for (const survey::Component& one : *picture.components.value) {
    rows.push_back(json::Object{
        {"faults", texts(one.faults)}, {"name", one.id}, {"pending", one.wants}, {"version", one.version}});
  }
  return rows;
}

std::string as_json(const Picture& picture, const std::vector<Finding>& findings, std::int64_t now) {
  json::Array wrong;
  for (const Finding& finding : findings) {
    wrong.push_back(json::Object{{"hint", finding.hint}, {"message", finding.message}});
  }
  return json::pretty(json::Object{{"bundle", picture.bundle},
                                   {"certificates", certificates_json(picture, now)},
                                   {"components", components_json(picture)},
                                   {"endpoint", picture.endpoint},
                                   {"etcd", etcd_json(picture)},
                                   {"nodes", nodes_json(picture)},
                                   {"seen-from", picture.node},
                                   {"timers", timers_json(picture)},
                                   {"unknown", texts(survey::unknowns(picture))},
                                   {"version", picture.version},
                                   {"vip", vip_json(picture)},
                                   {"wrong", std::move(wrong)}});
}

}  // namespace

void cluster_status(Session& session) {
  const host::Host host = this_host(session);
  const Picture picture = survey::survey(host);
  const std::int64_t now = host.now();
  const std::vector<Finding> findings = survey::judge(picture, now);
  session.print(session.output == OutputFormat::json ? as_json(picture, findings, now)
                                                     : as_table(picture, findings, now));
  if (!findings.empty()) {
    throw Error(ErrorKind::step, fmt::format("{} in this cluster", count_words(findings.size(), "fault")),
                "each has its line above, with what to do");
  }
}

}  // namespace bundle::commands
