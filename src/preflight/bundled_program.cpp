#include "preflight/bundled_program.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "deliver/packages.hpp"
#include "format/entry.hpp"
#include "preflight/said.hpp"
#include "spec/nevra.hpp"

namespace bundle::preflight {
namespace {

constexpr auto kTimeout = std::chrono::minutes(2);
/// What stays for everybody else while it lies in memory.
constexpr std::uint64_t kReserveBytes = 256ull << 20;
constexpr int kNotRunnable = 126;  // from here on a shell and the loader speak, or a signal

bool is_noise(std::string_view line) {
  constexpr std::array kNotes = {"[NOTICE]", "[WARNING]", "level=info", "level=warning"};
  // klog's notes: W1127 09:15:02.
  const bool is_klog =
      line.size() > 5 && (line[0] == 'W' || line[0] == 'I') && parse_unsigned(line.substr(1, 4));
  return is_klog || std::any_of(kNotes.begin(), kNotes.end(), [&](std::string_view note) {
           return line.find(note) != std::string_view::npos;
         });
}

/// What a program complains of, in one line.
std::string essence(std::string_view text) {
  const std::vector<std::string_view> lines = said_lines(text, is_noise);
  return join({lines.begin(), lines.end()}, "; ");
}

/// Whether the loader, not the program, has spoken. Source: glibc, elf/dl-load.c and elf/dl-version.c.
bool is_unlinked(const CommandResult& result) {
  return result.err.find("error while loading shared libraries") != std::string::npos ||
         result.err.find("' not found (required by") != std::string::npos;
}

Verdict unheard(std::string words) { return {.kind = Verdict::Kind::unheard, .words = std::move(words)}; }

}  // namespace

BundledPrograms::BundledPrograms(const Inspection& look) : look_(look), work_(look.host.at("/run")) {}

Verdict BundledPrograms::ask(const Question& question) const {
  const std::filesystem::path root = work_.path() / "root";
  try {
    Verdict verdict = unpack(question, root);
    if (verdict.kind == Verdict::Kind::accepted) {
      verdict = run(question, root / std::filesystem::path(question.program).relative_path());
    }
    std::filesystem::remove_all(root);
    return verdict;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::integrity || error.kind() == ErrorKind::interrupted) {
      throw;
    }
    std::error_code ignored;
    std::filesystem::remove_all(root, ignored);
    return unheard(error.message());
  }
}

/// Why so much more cannot lie in memory for a while; empty: it can.
std::string BundledPrograms::lacking_room(std::uint64_t size_bytes) const {
  const std::uint64_t needed = size_bytes + kReserveBytes;
  const std::uint64_t available =
      std::min(free_space_bytes(work_.path()), host::available_memory_bytes(look_.host));
  return needed <= available ? std::string()
                             : fmt::format("it takes {} of memory for a while, {} are available",
                                           format_size(needed), format_size(available));
}

/// Accepted: the package lies in `root`.
Verdict BundledPrograms::unpack(const Question& question, const std::filesystem::path& root) const {
  const std::vector<const format::Rpm*> packages = deliver::role_packages(look_.index, look_.node.roles);
  const auto package = std::find_if(packages.begin(), packages.end(), [&](const format::Rpm* one) {
    return spec::package_name(one->nevra) == question.package;
  });
  const format::Entry* entry = package == packages.end() ? nullptr : look_.index.find_entry((*package)->path);
  if (entry == nullptr) {
    return unheard(fmt::format("the bundle has no package {} for this role", question.package));
  }
  if (std::string lacking = lacking_room(entry->size_bytes); !lacking.empty()) {
    return unheard(std::move(lacking));
  }
  const std::filesystem::path file = work_.path() / "package.rpm";
  std::filesystem::remove(file);
  format::extract_entry(*look_.parts, *entry, file);
  const std::string folder = work_.path().string();
  const CommandResult size = look_.host.runner.run(
      {.argv = {"rpm", "-qp", "--nosignature", "--nodigest", "--queryformat", "%{LONGSIZE}", file.string()},
       .env = {{"HOME", folder}, {"TMPDIR", folder}},
       .timeout = kTimeout});
  if (std::string lacking = lacking_room(parse_unsigned(trim(size.out)).value_or(0)); !lacking.empty()) {
    std::filesystem::remove(file);
    return unheard(std::move(lacking));
  }
  make_folders(root);
  const CommandResult result = look_.host.runner.run(
      {.argv = {"rpm", "-i", "--root", root.string(), "--dbpath", "/var/lib/rpm", "--nodeps", "--noscripts",
                "--notriggers", "--nosignature", "--nodigest", "--noplugins", "--excludedocs", "--ignorearch",
                "--ignoreos", file.string()},
       .env = {{"HOME", folder}, {"TMPDIR", folder}},
       .timeout = kTimeout});
  std::filesystem::remove(file);
  if (result.status != 0) {
    return unheard(fmt::format("rpm cannot unpack {}: {}", entry->path.str(), essence(result.err)));
  }
  return {.kind = Verdict::Kind::accepted, .words = {}};
}

Verdict BundledPrograms::run(const Question& question, const std::filesystem::path& program) const {
  std::error_code error;
  if (!std::filesystem::exists(program, error)) {
    return unheard(fmt::format("the package {} has no {}", question.package, question.program));
  }
  const std::filesystem::path document = work_.path() / "document";
  write_file_atomically(document, question.document);
  std::vector<std::string> argv{program.string()};
  for (const std::string& word : question.arguments) {
    argv.push_back(word == kDocument ? document.string() : word);
  }
  const std::string folder = work_.path().string();
  const CommandResult result = look_.host.runner.run({.argv = std::move(argv),
                                                      .env = {{"HOME", folder}, {"TMPDIR", folder}},
                                                      .clean_env = true,
                                                      .cwd = work_.path(),
                                                      .timeout = kTimeout});
  const std::string words = relieved(essence(result.err.empty() ? result.out : result.err), question);
  if (result.status == 0) {
    return {.kind = Verdict::Kind::accepted, .words = {}};
  }
  if (result.status >= kNotRunnable || is_unlinked(result)) {
    return unheard(words.empty() ? fmt::format("it ended with {}", result.status) : words);
  }
  return {.kind = Verdict::Kind::refused,
          .words = words.empty() ? fmt::format("it ended with {} and said nothing", result.status) : words};
}

/// Of the folders that are gone when somebody reads it.
std::string BundledPrograms::relieved(std::string_view words, const Question& question) const {
  std::string text = replace_all(words, (work_.path() / "document").string(), question.path);
  text = replace_all(text, (work_.path() / "root").string(), "");
  return replace_all(text, work_.path().string() + "/", "");
}

}  // namespace bundle::preflight
