#include "survey/expected.hpp"

#include <algorithm>

#include "actions/files.hpp"
#include "actions/lines.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "cluster/kubectl.hpp"
#include "deliver/payload.hpp"
#include "host/state_folder.hpp"
#include "steps/journal.hpp"

namespace bundle::survey {
namespace {

[[noreturn]] void refuse(std::string message) {
  throw Error(ErrorKind::preflight, std::move(message),
              "run it as root on a master of the cluster; `bundle status` alone works on every host");
}

const steps::InstallRecord& last_install(const host::Host& host, const steps::Journal& journal) {
  if (journal.installs().empty()) {
    refuse("nothing was installed here by bundle");
  }
  const steps::InstallRecord& last = journal.installs().back();
  const std::vector<std::string_view> roles = split(last.roles, ',');
  if (std::find(roles.begin(), roles.end(), "master") == roles.end()) {
    refuse(fmt::format("this host, {}, is no master: its roles are {}", last.node, last.roles));
  }
  if (!host.exists(cluster::kAdminConf)) {
    refuse(fmt::format("there is no control plane on this host: {} is not there", cluster::kAdminConf));
  }
  return last;
}

Known<format::Index> kept_index(const host::Host& host, const std::string& sha256) {
  const std::string path(deliver::kKeptIndex);
  const std::optional<std::string> text = host.read(path);
  if (!text) {
    return {.value = {},
            .why_not = "the installation kept no index of its bundle; the same install again does"};
  }
  if (sha256_hex(*text) != sha256) {
    return {.value = {}, .why_not = path + " is not the index of the bundle that was installed last"};
  }
  return {.value = format::parse_index(*text, path), .why_not = {}};
}

/// `ADDRESS NAME` lines of our block in /etc/hosts.
std::vector<Host> named_hosts(const host::Host& host) {
  std::vector<Host> hosts;
  const std::string text = actions::content_of(host, "/etc/hosts").value_or("");
  for (const std::string_view line : split(actions::lines_of_block(text), '\n')) {
    if (const std::vector<std::string_view> words = split_words(line); words.size() == 2) {
      hosts.push_back({.name = escaped(words[1]), .address = escaped(words[0])});
    }
  }
  return hosts;
}

}  // namespace

Expected expected_of(const host::Host& host) {
  const steps::Journal journal(host.at(host::kJournalPath), steps::Journal::Access::read,
                               steps::Journal::Damage::pass_over);
  const steps::InstallRecord& last = last_install(host, journal);
  Expected expected{.node = last.node,
                    .bundle = last.bundle,
                    .version = last.version,
                    .roles = {},
                    .index = kept_index(host, last.index_sha256),
                    .site = named_hosts(host)};
  for (const std::string_view role : split(last.roles, ',')) {
    expected.roles.emplace(role);
  }
  return expected;
}

}  // namespace bundle::survey
