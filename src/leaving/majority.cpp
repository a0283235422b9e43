#include "leaving/majority.hpp"

#include <algorithm>
#include <iterator>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::leaving {

bool is_of(const survey::EtcdMember& member, const std::string& node,
           const std::vector<std::string>& addresses) {
  if (!member.name.empty()) {
    return member.name == node;
  }
  return std::any_of(addresses.begin(), addresses.end(), [&](const std::string& address) {
    return member.peer_urls == fmt::format("https://{}:2380", address);
  });
}

std::vector<survey::EtcdMember> voters_besides(const std::vector<survey::EtcdMember>& members,
                                               const std::string& node,
                                               const std::vector<std::string>& addresses) {
  std::vector<survey::EtcdMember> voters;
  std::copy_if(members.begin(), members.end(), std::back_inserter(voters),
               [&](const survey::EtcdMember& member) {
                 return !member.is_learner && !is_of(member, node, addresses);
               });
  return voters;
}

std::string majority_fault(const std::vector<survey::EtcdMember>& staying) {
  std::vector<std::string> all;
  std::vector<std::string> silent;
  for (const survey::EtcdMember& member : staying) {
    all.push_back(member.name.empty() ? member.peer_urls : member.name);
    if (!member.answers) {
      silent.push_back(all.back());
    }
  }
  const std::size_t needed = all.size() / 2 + 1;
  if (all.size() - silent.size() >= needed) {
    return {};
  }
  return fmt::format("etcd would lose its majority: of the {} that would stay ({}), {} {} not answer",
                     count_words(all.size(), "member"), join(all, ", "), join(silent, ", "),
                     silent.size() == 1 ? "does" : "do");
}

}  // namespace bundle::leaving
