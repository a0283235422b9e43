#include <memory>

#include "cli/app.hpp"
#include "cli/upstream_options.hpp"
#include "commands/rpms.hpp"

namespace bundle::cli {

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

}  // namespace bundle::cli
