#include "commands/init.hpp"

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/relpath.hpp"
#include "base/suggest.hpp"
#include "base/text.hpp"
#include "spec/data_dir.hpp"

namespace bundle::commands {
namespace {

namespace stdfs = std::filesystem;
constexpr std::uint64_t kLimitBytes = 1 << 20;

stdfs::path find_profile(const stdfs::path& bundles, const std::string& name) {
  const std::vector<std::string> known = list_folder(bundles);
  if (!RelPath::parse(name) || !stdfs::exists(bundles / name / "versions.yml")) {
    const std::string near = did_you_mean(name, known);
    throw Error(ErrorKind::usage, fmt::format("unknown profile '{}'", name),
                near.empty() ? "known profiles: " + join(known, ", ") : near);
  }
  return bundles / name;
}

}  // namespace

void init(Session& session, const InitOptions& options) {
  const stdfs::path profile =
      find_profile(spec::find_data_dir(session.data_dir) / "bundles", options.profile);
  const stdfs::path folder =
      options.output.has_parent_path() ? options.output.parent_path() : stdfs::path(".");
  std::vector<std::pair<stdfs::path, stdfs::path>> copies;
  for (const std::string& name : list_folder(profile)) {
    copies.emplace_back(profile / name, name == "versions.yml" ? options.output : folder / name);
  }
  for (const auto& [from, to] : copies) {
    if (stdfs::exists(to)) {
      throw Error(ErrorKind::usage, fmt::format("{} is there already", to.string()),
                  "give another path with -o");
    }
  }
  make_folders(folder);
  for (const auto& [from, to] : copies) {
    write_file_atomically(to, read_file(from, kLimitBytes));
    session.log->info("wrote " + to.string());
  }
  session.log->info(
      fmt::format("next: bundle keygen site, then bundle build {} --key site.key", options.output.string()));
}

}  // namespace bundle::commands
