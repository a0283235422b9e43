// The verbs of the connected side, in the order of the help.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/app.hpp"
#include "cli/verbs.hpp"
#include "commands/build.hpp"
#include "commands/images.hpp"
#include "commands/init.hpp"
#include "commands/lock.hpp"
#include "commands/rpms.hpp"
#include "commands/upstream.hpp"

namespace bundle::cli {
namespace {

/// `--part-size 4G` and the like.
std::uint64_t read_size(const std::string& text) {
  const std::optional<std::uint64_t> size = parse_size(text);
  if (!size) {
    throw Error(ErrorKind::usage, fmt::format("'{}' is not a size", text),
                "use bytes or a suffix: 4GiB, 650MB");
  }
  return *size;
}

/// `--mirrors FILE` and `--jobs N`, for every verb that talks to upstreams.
void add_upstream_options(CLI::App& verb, commands::UpstreamOptions& options) {
  verb.add_option("--mirrors", options.mirrors, "Where else upstreams are found: a mirrors.yml")
      ->type_name("FILE");
  verb.add_option("--jobs", options.jobs, "How many transfers at once, 1 to 64")
      ->type_name("N")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
}

void add_init_verb(CLI::App& app, Session& session) {
  auto options = std::make_shared<commands::InitOptions>();
  CLI::App* verb = add_verb(app, Side::connected, "init", "Write a commented versions.yml from a profile",
                            {"bundle init --profile gpu-ollama -o versions.yml"});
  verb->add_option("--profile", options->profile, "A folder of bundles/")
      ->type_name("NAME")
      ->capture_default_str();
  verb->add_option("-o,--output", options->output, "Where to write it")
      ->type_name("FILE")
      ->capture_default_str();
  verb->callback([&session, options] { commands::init(session, *options); });
}

void add_lock_verb(CLI::App& app, Session& session) {
  auto options = std::make_shared<commands::LockOptions>();
  CLI::App* verb = add_verb(app, Side::connected, "lock", "Resolve everything to digests and sizes",
                            {"bundle lock versions.yml", "bundle lock versions.yml --update calico"});
  verb->add_option("versions", options->versions, "What the bundle is made of")
      ->type_name("versions.yml")
      ->required();
  verb->add_option("-o,--output", options->output,
                   "Where to write the lock (default: beside it, versions.lock.json)")
      ->type_name("FILE");
  verb->add_option("--update", options->update,
                   "Ask anew what is locked already: everything, or one component")
      ->type_name("COMPONENT")
      ->expected(0, 1)
      ->default_str("");
  verb->add_flag("--slim", options->slim,
                 "Leave out the RPMs that a host with the declared base does not need");
  add_upstream_options(*verb, options->upstream);
  verb->callback([&session, options, verb] {
    options->is_update = verb->count("--update") > 0;
    commands::lock(session, *options);
  });
}

void add_build_verb(CLI::App& app, Session& session) {
  auto options = std::make_shared<commands::BuildOptions>();
  auto part_size = std::make_shared<std::string>();
  CLI::App* verb =
      add_verb(app, Side::connected, "build", "Lock if needed, fetch, pack and sign",
               {"bundle build versions.yml --key site.key",
                "bundle build versions.yml --locked --reuse gpu-ollama-2026.11.0-x86_64 --key site.key"});
  verb->add_option("versions", options->versions, "What the bundle is made of")
      ->type_name("versions.yml")
      ->required();
  verb->add_flag("--locked", options->locked, "Never resolve: build exactly what the lock says");
  verb->add_option("--out", options->out, "Folder of the bundle (default: NAME-VERSION-ARCH)")
      ->type_name("DIR");
  verb->add_option("--key", options->key, "Private key that signs it")->type_name("KEY");
  verb->add_option("--part-size", *part_size, "Largest part (default: 4 GiB less 1 MiB, which FAT32 takes)")
      ->type_name("SIZE");
  verb->add_flag("--slim", options->slim,
                 "Leave out the RPMs that a host with the declared base does not need");
  add_list_option(*verb, "--reuse", options->reuse, "DIR", "Take entries from this earlier bundle");
  add_upstream_options(*verb, options->upstream);
  verb->callback([&session, options, part_size] {
    if (!part_size->empty()) {
      options->part_size_bytes = read_size(*part_size);
    }
    commands::build(session, *options);
  });
}

void add_images_verb(CLI::App& app, Session& session) {
  CLI::App* verb = add_verb(app, Side::connected, "images",
                            "List every image that charts, manifests or a versions.yml need",
                            {"bundle images versions.yml",
                             "bundle images chart.tgz --kube-version v1.34.3 --target rhel-8.10 --all"});
  const auto options = std::make_shared<commands::ImagesOptions>();
  verb->add_option("FILE", options->files, "Charts (.tgz or folder) and manifests, or a versions.yml")
      ->type_name("FILE")
      ->required();
  add_list_option(*verb, "--values", options->values, "FILE", "Values for the charts, the last one wins");
  verb->add_option("--kube-version", options->kube_version, "Kubernetes version to render for")
      ->type_name("VERSION");
  verb->add_option("--target", options->target,
                   "Operating system of the nodes (rhel-8.10), for names that need it")
      ->type_name("OS");
  verb->add_option("--helm", options->helm, "The helm that renders (default: from PATH)")->type_name("FILE");
  verb->add_flag("--all", options->all, "Also list what is switched off, with the reason");
  verb->add_flag("--lenient", options->lenient, "End with 0 although something is undecided");
  add_upstream_options(*verb, options->upstream);
  add_output_option(*verb, session);
  verb->callback([&session, options] { commands::images(session, *options); });
}

void add_rpms_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      add_verb(app, Side::connected, "rpms", "List every RPM that packages need, as one transaction",
               {"bundle rpms vim-enhanced --repo baseos=/mnt/BaseOS --repo appstream=/mnt/AppStream"});
  const auto options = std::make_shared<commands::RpmsOptions>();
  verb->add_option("PACKAGE", options->packages, "Names, name.arch, patterns, 'name >= 1.2', NEVRAs, /a/file")
      ->type_name("PACKAGE")
      ->required();
  add_list_option(*verb, "--repo", options->repositories, "ID=PLACE",
                  "Repository to take packages from: ID=URL or ID=FOLDER")
      ->required();
  verb->add_option("--base", options->base,
                   "What is installed: a package list, rpm -qa, facts.json, a copied rpmdb, or a name in "
                   "rpm-lists/base")
      ->type_name("LIST");
  verb->add_option("--arch", options->arch, "Architecture of the target")
      ->type_name("x86_64|aarch64")
      ->capture_default_str()
      ->check(CLI::IsMember({"x86_64", "aarch64"}));
  verb->add_option("--platform-id", options->platform_id,
                   "PLATFORM_ID of the target, for module streams (default: the one that the modules name)")
      ->type_name("PLATFORM");
  verb->add_flag("--weak", options->weak, "Also what packages recommend");
  verb->add_flag("--nobest", options->nobest, "Take an older build where the newest cannot be installed");
  add_upstream_options(*verb, options->upstream);
  add_output_option(*verb, session);
  verb->callback([&session, options] { commands::rpms(session, *options); });
}

}  // namespace

std::vector<AddVerb> connected_verbs() {
  return {add_init_verb, add_lock_verb, add_build_verb, add_images_verb, add_rpms_verb};
}

std::vector<AddVerb> all_verbs() {
  std::vector<AddVerb> verbs = connected_verbs();
  const std::vector<AddVerb> onsite = onsite_verbs();
  verbs.insert(verbs.end(), onsite.begin(), onsite.end());
  return verbs;
}

}  // namespace bundle::cli
