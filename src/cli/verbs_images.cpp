#include <memory>

#include "cli/app.hpp"
#include "commands/images.hpp"

namespace bundle::cli {

void add_images_verb(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("images", "List every image that charts and manifests need");
  const auto options = std::make_shared<commands::ImagesOptions>();
  verb->add_option("FILE", options->files, "Charts (.tgz or folder) and manifests (YAML)")->required();
  add_list_option(*verb, "--values", options->values, "Values file for the charts; may be repeated");
  verb->add_option("--kube-version", options->kube_version, "Kubernetes version to render for");
  verb->add_option("--target", options->target,
                   "Operating system of the nodes (rhel-8.10), for names that need it");
  verb->add_option("--helm", options->helm, "The helm that renders (default: from PATH)");
  verb->add_flag("--all", options->all, "Also list what is switched off, with the reason");
  verb->add_flag("--lenient", options->lenient, "End with 0 although something is undecided");
  add_output_option(*verb, session);
  verb->callback([&session, options] { commands::images(session, *options); });
}

}  // namespace bundle::cli
