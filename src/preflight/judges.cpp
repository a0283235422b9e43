#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/cluster_facts.hpp"
#include "cluster/containerd_config.hpp"
#include "cluster/kubeadm_config.hpp"
#include "cluster/load_balancer.hpp"
#include "preflight/bundled_program.hpp"
#include "preflight/inspection.hpp"

// The bundle's own programs are asked about the documents that the installation would write for them.
namespace bundle::preflight {
namespace {

/// With secrets that are none: what kubeadm is asked about leaves the program.
std::string join_document(const Inspection& look) {
  const std::string digits(64, '0');
  return cluster::join_config(look.node,
                              {.endpoint = endpoint_of(look.site, look.node),
                               .ca_pins = {"sha256:" + digits},
                               .token = "abcdef.0123456789abcdef"},
                              digits);
}

Question of_kubeadm(const Inspection& look, const cluster::ClusterFacts& facts) {
  return {
      .package = "kubeadm",
      .program = "/usr/bin/kubeadm",
      .arguments = {"config", "validate", "--config", std::string(kDocument)},
      .path = std::string(cluster::kKubeadmConfig),
      .document = look.joins ? join_document(look) : cluster::kubeadm_config(facts, look.site, look.node)};
}

Question of_containerd(const Inspection& look, const cluster::ClusterFacts& facts) {
  return {.package = "containerd.io",
          .program = "/usr/bin/containerd",
          .arguments = {"--config", std::string(kDocument), "config", "dump"},
          .path = std::string(cluster::kContainerdConfig),
          .document = cluster::containerd_config(facts, look.site)};
}

bool has_account(const host::Host& host, const std::string& file, const std::string& name) {
  return ("\n" + host.read(file).value_or("")).find("\n" + name + ":") != std::string::npos;
}

Question of_haproxy(const Inspection& look) {
  Question question{.package = "haproxy",
                    .program = "/usr/sbin/haproxy",
                    .arguments = {"-c", "-f", std::string(kDocument)},
                    .path = std::string(cluster::kHaproxyConfig),
                    .document = cluster::haproxy_config(look.site, look.node)};
  // Its package makes them, and haproxy refuses what it cannot look up.
  for (const auto& [line, file] :
       {std::pair("  user haproxy\n", "/etc/passwd"), {"  group haproxy\n", "/etc/group"}}) {
    if (!has_account(look.host, file, "haproxy")) {
      question.document = replace_all(question.document, line, "");
    }
  }
  return question;
}

/// With the check script of the very same content in `folder`: keepalived looks at the file.
Question of_keepalived(const Inspection& look, const std::filesystem::path& folder) {
  const std::filesystem::path script = folder / "check_apiserver.sh";
  write_new_file(script, cluster::keepalived_check(look.site, look.node), 0755);
  return {.package = "keepalived",
          .program = "/usr/sbin/keepalived",
          .arguments = {"-t", "-f", std::string(kDocument)},
          .path = std::string(cluster::kKeepalivedConfig),
          .document = replace_all(cluster::keepalived_config(look.site, look.node),
                                  cluster::kKeepalivedCheckPath, script.string())};
}

void put(Inspection& look, const BundledPrograms& programs, const Question& question) {
  const Verdict verdict = programs.ask(question);
  const std::string name = std::filesystem::path(question.program).filename().string();
  if (verdict.kind == Verdict::Kind::refused) {
    look.error(
        "config-refused",
        fmt::format("{} of this bundle refuses {} as it would be written: {}", name, question.path,
                    verdict.words),
        look.site.file.empty()
            ? fmt::format("give a site file with other values; --dry-run shows {} whole", question.path)
            : fmt::format("correct {}; --dry-run shows {} whole", look.site.file.string(), question.path));
  } else if (verdict.kind == Verdict::Kind::unheard) {
    look.warning("config-untried",
                 fmt::format("{} of this bundle could not be asked whether it takes {}: {}", name,
                             question.path, verdict.words),
                 "go on: it is asked again when it starts, with what its package needs installed by then");
  }
}

void ask_programs(Inspection& look) {
  if (look.parts == nullptr) {
    return;
  }
  cluster::ClusterFacts facts;
  try {
    facts = cluster::cluster_facts(look.host, look.index, look.node);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity) {
      throw;
    }
    // What the bundle lacks; the media are as they should be.
    look.warning("config-untried",
                 fmt::format("no configuration could be made to be tried: {}", error.message()),
                 error.hint().empty() ? "build the bundle again" : error.hint());
    return;
  }
  const BundledPrograms programs(look);
  put(look, programs, of_containerd(look, facts));
  if (look.is_master() || look.joins) {
    put(look, programs, of_kubeadm(look, facts));
  }
  if (look.node.lb && look.site.vip) {
    put(look, programs, of_haproxy(look));
    put(look, programs, of_keepalived(look, programs.folder()));
  }
}

}  // namespace

std::vector<NamedCheck> judge_checks() {
  return {{"what the bundle's programs say of their configuration", ask_programs}};
}

}  // namespace bundle::preflight
