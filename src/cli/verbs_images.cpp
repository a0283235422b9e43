#include <memory>

#include "cli/app.hpp"
#include "cli/upstream_options.hpp"
#include "commands/images.hpp"

namespace bundle::cli {

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

}  // namespace bundle::cli
