#include "commands/lock.hpp"

#include "base/fs.hpp"
#include "build/resolver.hpp"
#include "commands/connection.hpp"
#include "spec/data_dir.hpp"

namespace bundle::commands {
namespace {

void report(Session& session, const std::optional<spec::Lock>& before, const spec::Lock& after) {
  if (before) {
    for (const std::string& line : spec::describe_changes(*before, after)) {
      session.print(line + "\n");
    }
  }
  session.log->info(fmt::format("{} images, {} RPMs, {} charts, {} files", after.images.size(),
                                after.rpms.size(), after.charts.size(), after.files.size()));
}

}  // namespace

std::filesystem::path default_lock_path(const std::filesystem::path& versions) {
  return versions.parent_path() / (versions.stem().string() + ".lock.json");
}

void lock(Session& session, const LockOptions& options) {
  const std::filesystem::path output =
      options.output.empty() ? default_lock_path(options.versions) : options.output;
  const build::Inputs inputs = build::load_inputs(options.versions, spec::find_data_dir(session.data_dir));
  if (!options.update.empty() && build::pinned_version(inputs, options.update).empty()) {
    fail(ErrorKind::usage, "--update {}: versions.yml has no such component", options.update);
  }
  std::optional<spec::Lock> before;
  if (std::filesystem::exists(output)) {
    before = spec::load_lock(output);
  }
  if (before && !options.is_update && before->inputs == inputs.digest && before->slim == options.slim) {
    session.log->info(output.string() + " is up to date; --update asks all upstreams anew");
    return;
  }
  Connection connection(session, options.upstream);
  const spec::Lock made = build::resolve(inputs, before,
                                         {.slim = options.slim,
                                          .update_all = options.is_update && options.update.empty(),
                                          .update_component = options.update},
                                         connection.world());
  write_file_atomically(output, spec::to_text(made));
  report(session, before, made);
  session.log->info("wrote " + output.string());
}

}  // namespace bundle::commands
