// The verbs that bundle-onsite has as well, in the order of the help.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/app.hpp"
#include "cli/completion.hpp"
#include "cli/verbs.hpp"
#include "commands/cluster_status.hpp"
#include "commands/copy.hpp"
#include "commands/diff.hpp"
#include "commands/facts.hpp"
#include "commands/forget.hpp"
#include "commands/inspect.hpp"
#include "commands/install.hpp"
#include "commands/join_info.hpp"
#include "commands/serve.hpp"
#include "commands/sign.hpp"
#include "commands/smoke.hpp"
#include "commands/status.hpp"
#include "commands/upkeep.hpp"
#include "commands/verify.hpp"
#include "commands/why.hpp"

namespace bundle::cli {
namespace {

void add_why_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      add_verb(app, Side::either, "why", "Show the chain from versions.yml to an image, RPM, chart or file",
               {"bundle why versions.lock.json registry.k8s.io/pause:3.10.1"});
  const auto source = std::make_shared<std::string>();
  const auto name = std::make_shared<std::string>();
  verb->add_option("DIR-or-lock", *source, "Folder of a bundle, or versions.lock.json")
      ->type_name("DIR-or-lock")
      ->required();
  verb->add_option("NAME", *name, "Whole name, or the usual short one")->type_name("NAME")->required();
  add_output_option(*verb, session);
  verb->callback([&session, source, name] { commands::why(session, *source, *name); });
}

void add_verify_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      add_verb(app, Side::either, "verify", "Check signature, installer, every part and every entry",
               {"bundle verify /media/stick --key site.pub"});
  const auto options = std::make_shared<commands::VerifyOptions>();
  verb->add_option("DIR", options->folders, "Folder with files of the bundle; several sticks are several")
      ->type_name("DIR")
      ->required();
  add_trust_options(*verb, options->trust);
  add_output_option(*verb, session);
  verb->callback([&session, options] { commands::verify(session, *options); });
}

void add_inspect_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(app, Side::either, "inspect", "Show what is inside, from the index alone",
                            {"bundle inspect /media/stick", "bundle inspect /media/stick -o json"});
  const auto folder = std::make_shared<std::string>();
  verb->add_option("DIR", *folder, "Folder of a bundle")->type_name("DIR")->required();
  add_output_option(*verb, session);
  verb->callback([&session, folder] { commands::inspect(session, *folder); });
}

void add_diff_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      add_verb(app, Side::either, "diff", "Show what changed between two bundles, from the indexes alone",
               {"bundle diff gpu-ollama-2026.10.0-x86_64 gpu-ollama-2026.11.0-x86_64"});
  const auto before = std::make_shared<std::string>();
  const auto after = std::make_shared<std::string>();
  verb->add_option("A", *before, "Folder of the older bundle")->type_name("A")->required();
  verb->add_option("B", *after, "Folder of the newer bundle")->type_name("B")->required();
  add_output_option(*verb, session);
  verb->callback([&session, before, after] { commands::diff(session, *before, *after); });
}

void add_keygen_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(app, Side::either, "keygen", "Make a key pair for signing: NAME.key and NAME.pub",
                            {"bundle keygen site"});
  const auto options = std::make_shared<commands::KeygenOptions>();
  verb->add_option("NAME", options->name, "Path of the pair, without its ending")
      ->type_name("NAME")
      ->required();
  verb->add_flag("--no-passphrase", options->without_passphrase, "Do not ask for a passphrase");
  verb->callback([&session, options] { commands::keygen(session, *options); });
}

void add_sign_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(app, Side::either, "sign", "Add a signature, or one that was made elsewhere",
                            {"bundle sign site.yml --key site.key",
                             "bundle sign gpu-ollama-2026.11.0-x86_64 --attach hsm.sig --key hsm.pub"});
  const auto options = std::make_shared<commands::SignOptions>();
  verb->add_option("DIR-or-FILE", options->folder,
                   "Folder of a bundle, or a site.yml (with the values it names)")
      ->type_name("DIR-or-FILE")
      ->required();
  verb->add_option("--key", options->key, "Private key; with --attach the public one")
      ->type_name("KEY")
      ->required();
  verb->add_option("--attach", options->attach, "Signature of one of the signed files, e.g. from an HSM")
      ->type_name("SIG");
  verb->callback([&session, options] { commands::sign(session, *options); });
}

void add_copy_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(app, Side::either, "copy", "Copy to media, and read back what was written",
                            {"bundle copy gpu-ollama-2026.11.0-x86_64 /media/stick --key site.pub"});
  const auto options = std::make_shared<commands::CopyOptions>();
  verb->add_option("DIR", options->folder, "Folder of a bundle")->type_name("DIR")->required();
  verb->add_option("DEST", options->destination, "Folder that is to hold the same files")
      ->type_name("DEST")
      ->required();
  verb->add_option("--parts", options->parts, "Only these parts, as in 0-3,5")->type_name("RANGE");
  add_trust_options(*verb, options->trust);
  verb->callback([&session, options] { commands::copy(session, *options); });
}

void add_serve_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(
      app, Side::either, "serve", "Serve the parts to a site: images, packages, charts, files; read only",
      {"bundle serve /media/stick --key site.pub",
       "bundle serve /media/stick --key site.pub --listen 10.0.0.5:8443 --tls-self-signed",
       "bundle serve /media/stick --listen 10.0.0.5:8443 --tls-cert serve.crt --tls-key serve.key --unit"});
  const auto options = std::make_shared<commands::ServeOptions>();
  verb->add_option("DIR", options->folders, "Folder with files of the bundle; several sticks are several")
      ->type_name("DIR")
      ->required();
  add_trust_options(*verb, options->trust);
  verb->add_option("--listen", options->listen,
                   "Where to listen, as ADDR:PORT; plain HTTP gives others /bundle/ alone")
      ->type_name("ADDRESS")
      ->capture_default_str();
  verb->add_option("--tls-cert", options->tls_cert, "Certificate of this server, with its chain, in PEM")
      ->type_name("FILE");
  verb->add_option("--tls-key", options->tls_key, "Its private key, in PEM")->type_name("FILE");
  verb->add_flag("--tls-self-signed", options->tls_self_signed,
                 "Make both in memory, and print the fingerprint that clients compare");
  add_list_option(*verb, "--allow", options->allow, "CIDR",
                  "Network that gets answers (default: every one); connections of others are closed");
  verb->add_flag("--unit", options->unit, "Print a systemd service that does this, and do nothing else");
  verb->callback([&session, options] { commands::serve(session, *options); });
}

void add_install_options(CLI::App& verb, commands::InstallOptions& options) {
  verb.add_option("DIR", options.folders, "Folder with files of the bundle; several sticks are several")
      ->type_name("DIR")
      ->required();
  verb.add_option("--role", options.roles,
                  "What this host becomes: master, worker, gpu, or several with commas")
      ->type_name("ROLE[,ROLE]");
  verb.add_option("--site", options.site, "The answers of this site")->type_name("site.yml");
  verb.add_option("--join", options.join,
                  "What a further node joins with: bundle join-info makes it on a master")
      ->type_name("FILE");
  verb.add_option("--join-key", options.join_key,
                  "For a further master: the file that join-info made beside it")
      ->type_name("FILE");
  verb.add_option("--passphrase-file", options.passphrase_file, "Of JOIN.key: a file with it, or - for stdin")
      ->type_name("FILE");
  add_trust_options(verb, options.trust);
  verb.add_flag("--verify-first", options.verify_first, "Read and check every byte before the first write");
  verb.add_flag("--allow-downgrade", options.allow_downgrade,
                "Install although a newer version, or another bundle of this version, is here");
  verb.add_flag("--allow-no-gpu", options.allow_no_gpu, "Prepare a node of role gpu that has no GPU yet");
  verb.add_flag("--allow-base-changes", options.allow_base_changes,
                "Let RPMs of the host be upgraded or removed; that cannot be undone");
}

void add_install_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(app, Side::isolated, "install", "Make a node of this host, from a bundle",
                            {"bundle install /media/stick --key site.pub --role master",
                             "bundle install /media/stick --key site.pub --site site.yml --dry-run"});
  const auto options = std::make_shared<commands::InstallOptions>();
  add_install_options(*verb, *options);
  verb->add_flag("--dry-run", options->dry_run, "Print every file and command, change nothing");
  verb->callback([&session, options] { commands::install(session, *options); });
}

void add_preflight_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(app, Side::isolated, "preflight",
                            "Find what stands in the way on this host, and change nothing",
                            {"bundle preflight /media/stick --key site.pub --role master"});
  const auto options = std::make_shared<commands::InstallOptions>();
  add_install_options(*verb, *options);
  add_output_option(*verb, session);
  verb->callback([&session, options] { commands::preflight(session, *options); });
}

void add_join_info_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      add_verb(app, Side::isolated, "join-info", "Make, on a master, what the next host joins with",
               {"bundle join-info --role master", "bundle join-info --role worker --ttl 1d -o worker.yml"});
  const auto options = std::make_shared<commands::JoinInfoOptions>();
  verb->add_option("--role", options->role, "What that host becomes")
      ->type_name("master|worker|gpu")
      ->required();
  verb->add_option("--ttl", options->ttl, "How long the files are good; for masters at most 2h")
      ->type_name("TIME")
      ->capture_default_str();
  verb->add_option("-o,--out", options->out, "Where to write; for masters JOIN.key goes beside it")
      ->type_name("FILE")
      ->capture_default_str();
  verb->add_option("--passphrase-file", options->passphrase_file,
                   "For JOIN.key: a file with it, or - for stdin")
      ->type_name("FILE");
  verb->callback([&session, options] { commands::join_info(session, *options); });
}

void add_status_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      add_verb(app, Side::isolated, "status",
               "Show what was installed on this host, step by step; on a master also the cluster",
               {"bundle status", "bundle status --cluster", "bundle status --cluster -o json"});
  const auto cluster = std::make_shared<bool>(false);
  verb->add_flag("--cluster", *cluster,
                 "Show nodes, etcd, virtual address, certificates, images and components, and what is wrong");
  add_output_option(*verb, session);
  verb->callback(
      [&session, cluster] { *cluster ? commands::cluster_status(session) : commands::status(session); });
}

void add_smoke_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      add_verb(app, Side::isolated, "smoke",
               "Prove, on a master, that installed components work: run the tests that they bring",
               {"bundle smoke", "bundle smoke gpu-operator"});
  const auto options = std::make_shared<commands::SmokeOptions>();
  verb->add_option("COMPONENT", options->components, "Components to test; without one all that have a test")
      ->type_name("COMPONENT");
  verb->add_option("--timeout", options->patience_s, "How long each may take, in seconds")
      ->type_name("SECONDS")
      ->capture_default_str();
  add_output_option(*verb, session);
  verb->callback([&session, options] { commands::smoke(session, *options); });
}

void add_undo_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(app, Side::isolated, "undo", "Take back a step of the installation, or all of it",
                            {"bundle undo charts", "bundle undo --all"});
  const auto options = std::make_shared<commands::UndoOptions>();
  verb->add_option("STEP", options->step, "A step that `bundle status` shows")->type_name("STEP");
  verb->add_flag("--all", options->all, "Take back all steps, the last one first");
  verb->add_flag("--force", options->force,
                 "Take the step back although later ones build on it, or a master "
                 "although its cluster is gone or ends with it");
  verb->callback([&session, options] { commands::undo(session, *options); });
}

void add_forget_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      add_verb(app, Side::isolated, "forget",
               "Take a host that is gone for good out of the cluster, on a master", {"bundle forget m3"});
  const auto node = std::make_shared<std::string>();
  verb->add_option("NODE", *node, "Its name, as `bundle status --cluster` shows it")
      ->type_name("NODE")
      ->required();
  verb->callback([&session, node] { commands::forget(session, *node); });
}

void add_renew_certificates_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      add_verb(app, Side::isolated, "renew-certificates",
               "Renew the certificates of this master, when one of them has less than 60 days left",
               {"bundle renew-certificates"});
  verb->callback([&session] { commands::renew_certificates(session); });
}

void add_etcd_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(app, Side::isolated, "etcd",
                            "Take a snapshot of etcd on a master, or make a cluster out of one",
                            {"bundle etcd snapshot --to /var/backups/etcd",
                             "bundle etcd restore /var/backups/etcd/etcd-20261127T020000Z.db"});
  const auto options = std::make_shared<commands::EtcdOptions>();
  verb->add_option(
          "ACTION", options->action,
          "Of etcd's data; restore makes a cluster of this master alone, when most are lost for good")
      ->type_name("snapshot|restore")
      ->check(CLI::IsMember({"snapshot", "restore"}))
      ->required();
  verb->add_option("FILE", options->file, "Of restore: the snapshot")->type_name("FILE");
  verb->add_option("--to", options->order.folder, "Of snapshot: the folder that it comes into")
      ->type_name("DIR")
      ->capture_default_str();
  verb->add_option("--keep", options->order.keep, "Of snapshot: how many stay there")
      ->type_name("N")
      ->capture_default_str();
  verb->add_flag("--force", options->force,
                 "Restore although etcd has its majority, or another master answers");
  verb->callback([&session, options] { commands::etcd(session, *options); });
}

void add_facts_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(app, Side::isolated, "facts",
                            "Describe this host: packages, kernel, disks, GPUs, to carry back as target.base",
                            {"bundle facts -o facts.json"});
  const auto options = std::make_shared<commands::FactsOptions>();
  verb->add_option("-o,--out", options->out, "Where to write it (default: stdout)")->type_name("FILE");
  verb->callback([&session, options] { commands::facts(session, *options); });
}

void add_completion_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(
      app, Side::either, "completion", "Print a script that lets a shell complete commands",
      {"bundle completion bash >/etc/bash_completion.d/bundle", "bundle completion zsh >~/.zfunc/_bundle",
       "bundle completion fish >~/.config/fish/completions/bundle.fish"});
  const auto shell = std::make_shared<std::string>();
  verb->add_option("SHELL", *shell, "Whose language the script is in")
      ->type_name("bash|zsh|fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  verb->callback([&app, &session, shell] {
    const Program program = describe(app);
    session.print(*shell == "bash"  ? bash_completion(program)
                  : *shell == "zsh" ? zsh_completion(program)
                                    : fish_completion(program));
  });
}

}  // namespace

std::vector<AddVerb> onsite_verbs() {
  return {add_why_verb,       add_verify_verb,
          add_inspect_verb,   add_diff_verb,
          add_keygen_verb,    add_sign_verb,
          add_copy_verb,      add_serve_verb,
          add_install_verb,   add_preflight_verb,
          add_join_info_verb, add_status_verb,
          add_smoke_verb,     add_renew_certificates_verb,
          add_etcd_verb,      add_undo_verb,
          add_forget_verb,    add_facts_verb,
          add_completion_verb};
}

}  // namespace bundle::cli
