#include "commands/build.hpp"

#include "base/fs.hpp"
#include "base/text.hpp"
#include "build/fill.hpp"
#include "build/finish.hpp"
#include "build/moved_tags.hpp"
#include "build/resolver.hpp"
#include "build/text_entries.hpp"
#include "commands/connection.hpp"
#include "commands/lock.hpp"
#include "format/layout.hpp"
#include "signing/passphrase.hpp"
#include "spec/data_dir.hpp"

namespace bundle::commands {
namespace {

namespace stdfs = std::filesystem;

/// The lock to build from: the one that is there when it still answers the inputs, else a new one (never with
/// --locked).
spec::Lock current_lock(const BuildOptions& options, const build::Inputs& inputs, build::World& world) {
  const stdfs::path file = default_lock_path(options.versions);
  std::optional<spec::Lock> before;
  if (stdfs::exists(file)) {
    before = spec::load_lock(file);
  }
  const bool is_current =
      before && before->inputs == inputs.digest && (options.locked || before->slim == options.slim);
  if (is_current) {
    return *std::move(before);
  }
  if (options.locked) {
    throw Error(ErrorKind::spec,
                before ? fmt::format("{} was made from other inputs than {}", file.string(),
                                     options.versions.string())
                       : fmt::format("--locked needs {}", file.string()),
                "run `bundle lock " + options.versions.string() + "`");
  }
  spec::Lock made = build::resolve(inputs, before, {.slim = options.slim}, world);
  write_file_atomically(file, spec::to_text(made));
  world.log.info("wrote " + file.string());
  return made;
}

std::optional<signing::PrivateKey> load_key(const BuildOptions& options) {
  if (options.key.empty()) {
    return std::nullopt;
  }
  const std::string name = options.key.string();
  return signing::load_private_key(options.key, [name] { return signing::passphrase_for(name); });
}

build::Plan plan_bundle(const spec::Lock& lock, const BuildOptions& options, const build::Inputs& inputs,
                        const build::InstallerFile& installer, build::World& world) {
  return build::make_plan(
      {.lock = lock,
       .texts = build::text_entries(
           lock, {.spec = options.versions.parent_path(), .catalogue = inputs.data_dir / "manifests"}, world),
       .rpms = build::stage_repositories(lock, inputs.target, world.work / "staged", world),
       .installer = {.sha256 = sha256_hex(installer.content), .size_bytes = installer.content.size()},
       .part_size_bytes = options.part_size_bytes == 0 ? format::kDefaultPartSize : options.part_size_bytes});
}

void report(Session& session, const build::Plan& plan, const build::SealedIndex& index,
            const stdfs::path& folder, const std::string& key_id) {
  std::uint64_t size = 0;
  for (const format::Part& part : plan.index.parts) {
    size += part.size_bytes;
  }
  if (session.output == OutputFormat::json) {
    session.print(json::pretty(json::Object{{"folder", folder.string()},
                                            {"sha256", index.sha256},
                                            {"installer", plan.index.installer.sha256},
                                            {"key", key_id},
                                            {"parts", plan.index.parts.size()},
                                            {"size", size}}));
    return;
  }
  session.print(fmt::format(
      "bundle     {}\nsize       {} in {} part{}\n"
      "sha256     {}  (of bundle.json: for --expect)\n"
      "installer  {}  (sha256 of bundle: to check its copy on site before it runs)\n"
      "key        {}\n",
      folder.string(), format_size(size), plan.index.parts.size(), plan.index.parts.size() == 1 ? "" : "s",
      index.sha256, plan.index.installer.sha256, key_id.empty() ? "not signed" : key_id));
}

}  // namespace

void build(Session& session, const BuildOptions& options) {
  const build::InstallerFile installer = build::load_installer();
  const std::optional<signing::PrivateKey> key = load_key(options);
  const build::ReuseIndex earlier({options.reuse.begin(), options.reuse.end()}, *session.log);
  Connection connection(session, options.upstream);
  build::World& world = connection.world();
  world.fetcher.look_near(earlier);

  const build::Inputs inputs = build::load_inputs(options.versions, spec::find_data_dir(session.data_dir));
  const spec::Lock lock = current_lock(options, inputs, world);
  const build::Plan plan = plan_bundle(lock, options, inputs, installer, world);
  stdfs::path folder = options.out.empty() ? stdfs::path(plan.index.base_name()) : options.out;
  if (!folder.has_filename()) {
    folder = folder.parent_path();
  }
  std::optional<build::SealedIndex> index = build::find_built(plan, installer, key, folder, world);
  if (!index) {
    const stdfs::path partial = folder.string() + ".partial";
    if (options.locked) {
      build::warn_of_moved_tags(lock, world);
    }
    const build::FilledParts filled = build::fill_parts(plan, partial, earlier, world);
    index = build::seal_index(plan, filled.sha256);
    build::finish_bundle(*index, installer, key, partial, folder);
  } else if (key) {
    build::sign_bundle(*index, installer, *key, folder);
  }
  if (!key) {
    session.log->warn(
        "this bundle is not signed: sign it with `bundle sign`, or carry both digests on paper, the "
        "installer's to "
        "check it before it runs, the other one for --expect");
  }
  report(session, plan, *index, folder, key ? key->public_key().id() : std::string());
}

}  // namespace bundle::commands
