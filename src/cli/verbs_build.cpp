#include "base/text.hpp"
#include "cli/app.hpp"
#include "cli/upstream_options.hpp"
#include "commands/build.hpp"
#include "commands/init.hpp"
#include "commands/lock.hpp"

namespace bundle::cli {
namespace {

/// `--part-size 4G` and the like.
std::uint64_t read_size(const std::string& text) {
  const std::optional<std::uint64_t> size = parse_size(text);
  if (!size) {
    throw Error(ErrorKind::usage, fmt::format("'{}' is no size", text), "use bytes or a suffix: 4GiB, 650MB");
  }
  return *size;
}

}  // namespace

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

}  // namespace bundle::cli
