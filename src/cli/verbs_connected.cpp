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
  verb.add_option("--mirrors", options.mirrors, "mirrors.yml: where else upstreams are found")
      ->type_name("FILE");
  verb.add_option("--jobs", options.jobs, "How many transfers at once")
      ->type_name("N")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
}

void add_init_verb(CLI::App& app, Session& session) {
  auto options = std::make_shared<commands::InitOptions>();
  CLI::App* verb = app.add_subcommand("init", "Write a commented versions.yml from a profile");
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
  CLI::App* verb = app.add_subcommand("lock", "Resolve everything to digests and sizes");
  verb->add_option("versions", options->versions, "What the bundle is made of")
      ->type_name("versions.yml")
      ->required();
  verb->add_option("-o,--output", options->output, "The lock (default: beside it, versions.lock.json)")
      ->type_name("FILE");
  verb->add_option("--update", options->update,
                   "Ask anew what is locked already: everything, or one component")
      ->type_name("COMPONENT")
      ->expected(0, 1)
      ->default_str("");
  verb->add_flag("--slim", options->slim, "Without the RPM closure on nothing");
  add_upstream_options(*verb, options->upstream);
  verb->callback([&session, options, verb] {
    options->is_update = verb->count("--update") > 0;
    commands::lock(session, *options);
  });
}

void add_build_verb(CLI::App& app, Session& session) {
  auto options = std::make_shared<commands::BuildOptions>();
  auto part_size = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("build", "Lock if needed, fetch, pack, sign");
  verb->add_option("versions", options->versions, "What the bundle is made of")
      ->type_name("versions.yml")
      ->required();
  verb->add_flag("--locked", options->locked, "Never resolve: build exactly what the lock says");
  verb->add_option("--out", options->out, "Folder of the bundle (default: NAME-VERSION-ARCH)")
      ->type_name("DIR");
  verb->add_option("--key", options->key, "Private key that signs it")->type_name("KEY");
  verb->add_option("--part-size", *part_size, "Largest part (default: 4 GiB less 1 MiB, which FAT32 takes)")
      ->type_name("SIZE");
  verb->add_flag("--slim", options->slim, "Without the RPM closure on nothing");
  add_list_option(*verb, "--reuse", options->reuse, "Take entries from this earlier bundle")
      ->type_name("DIR");
  add_upstream_options(*verb, options->upstream);
  verb->callback([&session, options, part_size] {
    if (!part_size->empty()) {
      options->part_size_bytes = read_size(*part_size);
    }
    commands::build(session, *options);
  });
}

void add_images_verb(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("images", "list every image that charts, manifests or a versions.yml need");
  const auto options = std::make_shared<commands::ImagesOptions>();
  verb->add_option("FILE", options->files, "charts (.tgz or folder) and manifests, or a versions.yml")
      ->required();
  add_list_option(*verb, "--values", options->values, "values file for the charts; may be repeated");
  verb->add_option("--kube-version", options->kube_version, "Kubernetes version to render for");
  verb->add_option("--target", options->target,
                   "operating system of the nodes (rhel-8.10), for names that need it");
  verb->add_option("--helm", options->helm, "the helm that renders (default: from PATH)");
  verb->add_flag("--all", options->all, "also list what is switched off, with the reason");
  verb->add_flag("--lenient", options->lenient, "end with 0 although something is undecided");
  add_upstream_options(*verb, options->upstream);
  add_output_option(*verb, session);
  verb->callback([&session, options] { commands::images(session, *options); });
}

void add_rpms_verb(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("rpms", "List every RPM that packages need, as one transaction");
  const auto options = std::make_shared<commands::RpmsOptions>();
  verb->add_option("PACKAGE", options->packages, "Names, name.arch, patterns, 'name >= 1.2', NEVRAs, /a/file")
      ->required();
  add_list_option(*verb, "--repo", options->repositories, "ID=URL or ID=FOLDER; may be repeated")->required();
  verb->add_option(
      "--base", options->base,
      "What is installed: a package list, rpm -qa, facts.json, a copied rpmdb, or a name in rpm-lists/base");
  verb->add_option("--arch", options->arch, "Architecture of the target")
      ->capture_default_str()
      ->check(CLI::IsMember({"x86_64", "aarch64"}));
  verb->add_option("--platform-id", options->platform_id,
                   "PLATFORM_ID of the target, for module streams (default: the one that the modules name)");
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

}  // namespace bundle::cli
