#include "rpm/base_system.hpp"

extern "C" {
#include <solv/repo_rpmdb.h>
#include <solv/solv_xfopen.h>
#include <solv/testcase.h>
}

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "rpm/librpm.hpp"
#include "rpm/metadata_file.hpp"
#include "rpm/package_copier.hpp"

namespace bundle::rpm {
namespace {

constexpr std::uint64_t kMaxBaseBytes = 256ull << 20;
constexpr std::array kRpmdbFiles = {"rpmdb.sqlite", "Packages"};
constexpr std::array kRpmdbFolders = {"", "var/lib/rpm", "usr/lib/sysimage/rpm", "rpm"};
/// Packages of a base that are named in a note; more are only counted.
constexpr std::size_t kMaxNamed = 10;

/// A description in a file. Editors on Windows put a mark before UTF-8 or write UTF-16.
std::string read_text(const std::filesystem::path& path) {
  const std::string text = read_unpacked(path, kMaxBaseBytes);
  if (text.find('\0') != std::string::npos) {
    throw Error(ErrorKind::spec, fmt::format("{} is not text in ASCII or UTF-8", path.string()),
                "a package list is what 'rpm -qa' prints; of an RPM database name the folder");
  }
  return std::string(without_byte_order_mark(text));
}

/// The folder with the database itself at or below `folder`; empty when there is none.
std::filesystem::path find_rpmdb(const std::filesystem::path& folder) {
  for (const char* below : kRpmdbFolders) {
    for (const char* file : kRpmdbFiles) {
      if (std::filesystem::exists(folder / below / file)) {
        return folder / below;
      }
    }
  }
  return {};
}

bool is_nevra_line(std::string_view line) {
  const auto words = split_words(line);
  return !words.empty() && spec::parse_nevra(words[0]).has_value();
}

/// A package name alone: no column beside it, no version.
bool is_name_line(std::string_view line) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+_-";
  return !line.empty() && line.find_first_not_of(kLetters) == std::string_view::npos &&
         !spec::parse_nevra(line);
}

/// The first line that says something.
std::string_view first_line(std::string_view text) {
  for (const std::string_view line : split(text, '\n')) {
    if (!trim(line).empty() && !line.starts_with('#') && !line.starts_with("gpg-pubkey-")) {
      return line;
    }
  }
  return {};
}

/// The packages of a list, with the arch-less public keys of `rpm -qa` left out.
std::vector<spec::Nevra> parse_list(Pool* pool, const std::vector<std::string_view>& lines,
                                    const std::string& name) {
  std::vector<spec::Nevra> packages;
  int number = 0;
  for (const std::string_view line : lines) {
    ++number;
    const auto words = split_words(line);
    if (words.empty() || words[0].starts_with('#') || words[0].starts_with("gpg-pubkey-")) {
      continue;
    }
    auto nevra = spec::parse_nevra(words[0]);
    if (!nevra) {
      throw Error(ErrorKind::spec, Position{.file = name, .line = number},
                  fmt::format("'{}' is not a package name of the form name-version-release.arch", words[0]));
    }
    if (pool_arch2score(pool, pool_str2id(pool, nevra->arch.c_str(), 1)) == 0) {
      throw Error(ErrorKind::spec, Position{.file = name, .line = number},
                  fmt::format("'{}' is not a package of the target: it is for the architecture '{}'",
                              words[0], nevra->arch),
                  "the base is name-version-release.arch on each line, as 'rpm -qa' prints it there");
    }
    packages.push_back(std::move(*nevra));
  }
  return packages;
}

/// The packages of the pool's repositories by what a list says of them.
class PackageFinder {
 public:
  PackageFinder(Pool* pool, const std::vector<spec::Nevra>& wanted) : pool_(pool) {
    IdSet names;
    for (const spec::Nevra& nevra : wanted) {
      if (const Id name = pool_str2id(pool, nevra.name.c_str(), 0); name != 0) {
        names.add(name);
      }
    }
    Id p = 0;
    FOR_POOL_SOLVABLES(p) {
      Solvable* solvable = pool_id2solvable(pool, p);
      if (names.has(solvable->name) && solvable->repo != pool->installed) {
        const spec::Nevra nevra = nevra_of(pool, solvable);
        exact_[nevra.nvra()].push_back(p);
        remember_newest(nevra.name + "." + nevra.arch, p);
      }
    }
  }

  Id exact(const spec::Nevra& nevra) const {
    const auto it = exact_.find(nevra.nvra());
    if (it == exact_.end()) {
      return 0;
    }
    for (const Id p : it->second) {
      if (nevra.epoch.empty() || nevra_of(pool_, pool_id2solvable(pool_, p)).epoch == nevra.epoch) {
        return p;
      }
    }
    return 0;
  }

  Id same_name(const spec::Nevra& nevra) const {
    const auto it = newest_.find(nevra.name + "." + nevra.arch);
    return it == newest_.end() ? 0 : it->second;
  }

 private:
  void remember_newest(const std::string& key, Id p) {
    Id& best = newest_[key];
    if (best == 0 || pool_evrcmp(pool_, pool_id2solvable(pool_, p)->evr, pool_id2solvable(pool_, best)->evr,
                                 EVRCMP_COMPARE) > 0) {
      best = p;
    }
  }

  Pool* pool_;
  std::unordered_map<std::string, std::vector<Id>> exact_;
  std::unordered_map<std::string, Id> newest_;
};

Id add_stub(Repo* system, const spec::Nevra& nevra, Id like) {
  Pool* pool = system->pool;
  const Id id = repo_add_solvable(system);
  Solvable* solvable = pool_id2solvable(pool, id);
  solvable->name = pool_str2id(pool, nevra.name.c_str(), 1);
  solvable->arch = pool_str2id(pool, nevra.arch.c_str(), 1);
  const bool has_epoch = !nevra.epoch.empty() && nevra.epoch != "0";
  const std::string evr = (has_epoch ? nevra.epoch + ":" : "") + nevra.version + "-" + nevra.release;
  solvable->evr = pool_str2id(pool, evr.c_str(), 1);
  solvable->vendor = like == 0 ? 0 : pool_id2solvable(pool, like)->vendor;
  return id;
}

void note_unknown(std::vector<std::string>& notes, const std::vector<std::string>& nevras,
                  std::string_view how) {
  if (nevras.empty()) {
    return;
  }
  const auto named = std::min(nevras.size(), kMaxNamed);
  const std::vector<std::string> first(nevras.begin(), nevras.begin() + static_cast<std::ptrdiff_t>(named));
  notes.push_back(fmt::format("{} {} of the base {} in no repository; {}: {}{}", nevras.size(),
                              nevras.size() == 1 ? "package" : "packages", nevras.size() == 1 ? "is" : "are",
                              how, join(first, ", "), named < nevras.size() ? ", …" : ""));
}

}  // namespace

void add_packages(Repo* system, std::vector<spec::Nevra> packages, std::vector<std::string>& notes) {
  Pool* pool = system->pool;
  const PackageFinder finder(pool, packages);
  PackageCopier copier(system);
  std::vector<std::string> guessed;
  std::vector<std::string> bare;
  for (spec::Nevra& nevra : packages) {
    Id like = finder.exact(nevra);
    if (like != 0) {
      nevra = nevra_of(pool, pool_id2solvable(pool, like));
    } else {
      like = finder.same_name(nevra);
      (like != 0 ? guessed : bare).push_back(nevra.str());
      if (like != 0 && nevra.epoch.empty()) {
        nevra.epoch = nevra_of(pool, pool_id2solvable(pool, like)).epoch;
      }
    }
    const Id id = add_stub(system, nevra, like);
    if (like != 0) {
      copier.copy(like, id);
    } else {
      Solvable* solvable = pool_id2solvable(pool, id);
      const Id self = pool_rel2id(pool, solvable->name, solvable->evr, REL_EQ, 1);
      solvable_add_deparray(solvable, SOLVABLE_PROVIDES, self, 0);
    }
  }
  copier.finish();
  note_unknown(notes, guessed, "dependencies are taken from another build of the same name");
  note_unknown(notes, bare, "nothing but the name is known of");
}

namespace {

/// Lines that libsolv's reader takes; rpm's own capabilities are no packages' matter.
std::string clean_testtags(std::string_view text) {
  std::string clean;
  for (const std::string_view line : split(text, '\n')) {
    const bool dependency =
        line.starts_with("=Req: ") || line.starts_with("=Con: ") || line.starts_with("=Obs: ");
    if (dependency && (line.substr(6).starts_with("rpmlib(") || line.substr(6).starts_with('('))) {
      continue;
    }
    clean.append(line).push_back('\n');
  }
  return clean.starts_with("=Ver:") ? clean : "=Ver: 3.0\n" + clean;
}

void add_testtags(Repo* system, const Base& base) {
  const std::string text = clean_testtags(read_text(base.path));
  const Handle<FILE, std::fclose> file(solv_fmemopen(text.data(), text.size(), "r"));
  if (!file || testcase_add_testtags(system, file.get(), 0) != 0) {
    fail(ErrorKind::spec, "{} is malformed: {}", base.path.string(), pool_errstr(system->pool));
  }
}

/// Reads a copy: sqlite may want to write beside the database, and the user's copy is not ours to change.
void add_rpmdb(Repo* system, const Base& base) {
  const std::filesystem::path source = find_rpmdb(base.path);
  if (source.empty()) {
    fail(ErrorKind::spec, "{} holds no rpmdb.sqlite and no Packages", base.path.string());
  }
  const TempDir root;
  const std::filesystem::path copy = root.path() / "var/lib/rpm";
  make_folders(copy);
  std::filesystem::copy(source, copy);
  prepare_librpm();
  pool_set_rootdir(system->pool, root.path().c_str());
  const int result = repo_add_rpmdb(system, nullptr, REPO_REUSE_REPODATA | REPO_USE_ROOTDIR);
  pool_set_rootdir(system->pool, nullptr);
  if (result != 0 || system->nsolvables == 0) {
    throw Error(ErrorKind::spec,
                fmt::format("{} cannot be read as an RPM database: {}", base.path.string(),
                            result != 0 ? pool_errstr(system->pool) : "it holds no package"),
                "copy the whole of /var/lib/rpm while no dnf or rpm runs there");
  }
}

std::vector<std::string> add_facts(Repo* system, const Base& base, std::vector<std::string>& notes) {
  const std::string name = base.path.string();
  const json::Value facts = json::parse(read_text(base.path), name, ErrorKind::spec);
  json::Reader reader(facts, name, ErrorKind::spec);  // further members are other people's matter
  const std::vector<std::string> packages = reader.strings("packages");
  add_packages(system, parse_list(system->pool, {packages.begin(), packages.end()}, name), notes);
  return reader.strings_or_empty("modules");
}

}  // namespace

Base detect_base(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    throw Error(ErrorKind::usage, fmt::format("there is no {}", path.string()),
                "the base is a package list, a facts.json, or a copy of /var/lib/rpm");
  }
  if (std::filesystem::is_directory(path)) {
    if (find_rpmdb(path).empty()) {
      fail(ErrorKind::spec, "{} holds no rpmdb.sqlite and no Packages", path.string());
    }
    return {.kind = BaseKind::rpmdb, .path = path};
  }
  const std::string text = read_text(path);
  const std::string_view line = trim(first_line(text));
  if (line.starts_with('{')) {
    return {.kind = BaseKind::facts, .path = path};
  }
  if (line.starts_with("=Ver:") || line.starts_with("=Pkg:")) {
    return {.kind = BaseKind::testtags, .path = path};
  }
  if (is_name_line(line)) {
    return {.kind = BaseKind::names, .path = path};
  }
  if (!is_nevra_line(line)) {
    fail(ErrorKind::spec, "{} is not a package list: '{}' is not a name-version-release.arch", path.string(),
         first_bytes(line, 80));
  }
  return {.kind = BaseKind::nevra_list, .path = path};
}

std::vector<std::string> read_names(const Base& base) {
  const std::string text = read_text(base.path);
  std::vector<std::string> names;
  int number = 0;
  for (const std::string_view raw : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    if (!is_name_line(line)) {
      throw Error(
          ErrorKind::spec, Position{.file = base.path.string(), .line = number},
          fmt::format("'{}' is not a package name, as the lines before it are", first_bytes(line, 80)));
    }
    names.emplace_back(line);
  }
  return names;
}

std::vector<std::string> add_base(Repo* system, const Base& base, std::vector<std::string>& notes) {
  std::vector<std::string> modules = base.enabled_modules;
  switch (base.kind) {
    case BaseKind::none:
    case BaseKind::names:
      break;
    case BaseKind::nevra_list: {
      const std::string text = read_text(base.path);
      add_packages(system, parse_list(system->pool, split(text, '\n'), base.path.string()), notes);
      break;
    }
    case BaseKind::facts: {
      const auto enabled = add_facts(system, base, notes);
      modules.insert(modules.end(), enabled.begin(), enabled.end());
      break;
    }
    case BaseKind::rpmdb:
      add_rpmdb(system, base);
      break;
    case BaseKind::testtags:
      add_testtags(system, base);
      break;
  }
  return modules;
}

}  // namespace bundle::rpm
