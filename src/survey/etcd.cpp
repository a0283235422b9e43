#include "survey/etcd.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/etcd.hpp"

namespace bundle::survey {
namespace {

/// What one member says of itself and of the leader; 0: there is none.
struct Voice {
  std::uint64_t member = 0;
  std::uint64_t leader = 0;
};

/// The table that etcdctl prints for people has other columns in each version; `fields` has a name on each
/// line, and members apart by an empty one. Source: etcdctl's printer_fields.go, EndpointStatus.
std::vector<Voice> parse_voices(std::string_view text) {
  std::vector<Voice> voices;
  Voice voice;
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.empty() && voice.member != 0) {
      voices.push_back(std::exchange(voice, {}));
    } else if (words.size() == 3 && words[0] == "\"MemberID\"") {
      voice.member = parse_unsigned(words[2]).value_or(0);
    } else if (words.size() == 3 && words[0] == "\"Leader\"") {
      voice.leader = parse_unsigned(words[2]).value_or(0);
    }
  }
  return voices;
}

bool is_of(const Voice& voice, const cluster::EtcdMember& member) {
  return fmt::format("{:x}", voice.member) == member.id;
}

/// The leader that all voices name.
std::uint64_t common_leader(const std::vector<Voice>& voices) {
  const bool is_one = std::all_of(voices.begin(), voices.end(),
                                  [&](const Voice& voice) { return voice.leader == voices.front().leader; });
  return voices.empty() || !is_one ? 0 : voices.front().leader;
}

}  // namespace

Known<std::vector<EtcdMember>> etcd_of(const Api& api, const std::vector<std::string>& masters) {
  if (api.way() == Way::none) {
    return {.value = {}, .why_not = "no API server answers, and etcd is asked through it"};
  }
  std::string said = "no master is known";
  for (const std::string& master : masters) {
    const CommandResult listed = api.kubectl(cluster::etcdctl(master, {"member", "list"}));
    if (listed.status != 0) {
      said = last_words(listed);
      continue;
    }
    // Ends with 1 where a member does not answer; those that do are on stdout all the same.
    const std::vector<Voice> voices = parse_voices(
        api.kubectl(cluster::etcdctl(master, {"endpoint", "status", "--cluster", "--command-timeout=3s",
                                              "--dial-timeout=2s", "--write-out=fields"}))
            .out);
    const std::uint64_t leader = common_leader(voices);
    std::vector<EtcdMember> members;
    for (const cluster::EtcdMember& one : cluster::parse_members(listed.out)) {
      members.push_back({.id = escaped(one.id),
                         .name = escaped(one.name),
                         .peer_urls = escaped(one.peer_urls),
                         .is_learner = one.is_learner,
                         .answers = std::any_of(voices.begin(), voices.end(),
                                                [&](const Voice& voice) { return is_of(voice, one); }),
                         .is_leader = leader != 0 && is_of({.member = leader}, one)});
    }
    return {.value = std::move(members), .why_not = {}};
  }
  return {.value = {}, .why_not = said};
}

}  // namespace bundle::survey
