#include "commands/copy.hpp"

#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "commands/copy_file.hpp"
#include "commands/words.hpp"
#include "format/plain_file.hpp"
#include "format/verified_index.hpp"

namespace bundle::commands {
namespace {

namespace stdfs = std::filesystem;

constexpr std::uint64_t kFatLimit = (4ull << 30) - 1;
constexpr long kFatMagic = 0x4d44;  // MSDOS_SUPER_MAGIC of linux/magic.h: all FATs, not exFAT

struct Task {
  std::string name;
  std::uint64_t size_bytes = 0;
  unsigned mode = 0644;
  std::uint64_t old_bytes = 0;  // of the file that it replaces
};

Task task_of(const stdfs::path& folder, const std::string& name, unsigned mode) {
  const std::optional<format::PlainFile> file = format::open_plain_file(folder / name);
  if (!file) {
    fail(ErrorKind::usage, "{} is missing", (folder / name).string());
  }
  return {.name = name, .size_bytes = file->size_bytes, .mode = mode};
}

/// `bundle.KEYID.sig` or `bundle.json.KEYID.sig`.
bool is_signature_of(const std::string& name, std::string_view file) {
  constexpr std::size_t kIdLength = 16;
  if (name.size() != file.size() + kIdLength + std::string_view("..sig").size() || !name.starts_with(file)) {
    return false;
  }
  const std::string id = name.substr(file.size() + 1, kIdLength);
  return name == format::signature_name(file, id) &&
         id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// All files in the order in which they are copied.
std::vector<Task> tasks_of(const CopyOptions& options, const format::Index& index) {
  std::vector<Task> tasks;
  for (const std::size_t number : parse_range(options.parts, index.parts.size())) {
    const format::Part& part = index.parts[number];
    tasks.push_back(task_of(options.folder, part.name, 0644));
    if (tasks.back().size_bytes != part.size_bytes) {
      fail(ErrorKind::integrity, "{} has {} bytes instead of {}: the source is damaged", part.name,
           tasks.back().size_bytes, part.size_bytes);
    }
  }
  tasks.push_back(task_of(options.folder, std::string(format::kInstallerName), 0755));
  const std::vector<std::string> names = list_folder(options.folder);
  for (const std::string_view signed_file : {format::kInstallerName, format::kIndexName}) {
    for (const std::string& name : names) {
      if (is_signature_of(name, signed_file)) {
        tasks.push_back(task_of(options.folder, name, 0644));
      }
    }
  }
  tasks.push_back(task_of(options.folder, std::string(format::kIndexName), 0644));
  return tasks;
}

/// Leaves out what the destination has already, byte for byte.
std::vector<Task> differing(Session& session, const CopyOptions& options, const std::vector<Task>& tasks) {
  std::vector<Task> left;
  std::uint64_t to_compare = 0;
  std::vector<bool> is_candidate;
  for (const Task& task : tasks) {
    const std::optional<format::PlainFile> old =
        format::open_plain_file(stdfs::path(options.destination) / task.name);
    is_candidate.push_back(old && old->size_bytes == task.size_bytes);
    to_compare += is_candidate.back() ? 2 * task.size_bytes : 0;
    left.push_back(task);
    left.back().old_bytes = old ? old->size_bytes : 0;
  }
  if (to_compare == 0) {
    return left;
  }
  const ProgressTask progress(*session.progress, "comparing", to_compare);
  std::vector<Task> differing;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const std::string& name = tasks[i].name;
    const bool is_same =
        is_candidate[i] && media_sha256(stdfs::path(options.folder) / name, *session.progress) ==
                               media_sha256(stdfs::path(options.destination) / name, *session.progress);
    if (!is_same) {
      differing.push_back(left[i]);
    }
  }
  return differing;
}

std::uint64_t bytes_of(const std::vector<Task>& tasks) {
  std::uint64_t total = 0;
  for (const Task& task : tasks) {
    total += task.size_bytes;
  }
  return total;
}

/// Each file is written beside the one that it replaces, so the largest of those cannot be counted on.
void check_space(const std::string& destination, const std::vector<Task>& tasks) {
  std::uint64_t freed = 0;
  std::uint64_t largest = 0;
  for (const Task& task : tasks) {
    freed += task.old_bytes;
    largest = std::max(largest, task.old_bytes);
  }
  const std::uint64_t available = free_space_bytes(destination) + freed - largest;
  const std::uint64_t needed = bytes_of(tasks);
  if (needed > available) {
    throw Error(ErrorKind::no_space,
                fmt::format("{} has room for {}, but {} are to be copied", destination,
                            format_size(available), format_size(needed)),
                "spread the parts over several media with --parts, as in --parts 0-3");
  }
}

void check_file_sizes(const std::string& destination, const std::vector<Task>& tasks) {
  struct statfs status{};
  if (::statfs(destination.c_str(), &status) != 0) {
    fail_errno("look at the file system of", destination, errno);
  }
  for (const Task& task : tasks) {
    if (status.f_type == kFatMagic && task.size_bytes > kFatLimit) {
      throw Error(ErrorKind::usage,
                  fmt::format("{} is a FAT file system, which takes files of up to 4 GiB - 1 byte; {} has {}",
                              destination, task.name, format_size(task.size_bytes)),
                  "build with a smaller --part-size, or format the media with exFAT or ext4");
    }
  }
}

void copy_all(Session& session, const CopyOptions& options, const std::vector<Task>& tasks) {
  const ProgressTask progress(*session.progress, "copying and reading back", 2 * bytes_of(tasks));
  for (const Task& task : tasks) {
    try {
      copy_to_media(stdfs::path(options.folder) / task.name, stdfs::path(options.destination) / task.name,
                    task.mode, *session.progress);
    } catch (Error& error) {
      if (error.kind() == ErrorKind::interrupted) {
        error.set_hint("run it again to go on: files that are there already are not copied again");
      }
      throw;
    }
    session.log->detail("copied " + task.name);
  }
}

std::size_t parse_part(std::string_view text, std::size_t count, std::string_view range) {
  const std::optional<std::uint64_t> number = parse_unsigned(text);
  if (!number) {
    throw Error(ErrorKind::usage, fmt::format("--parts takes numbers and ranges, not '{}'", range),
                "as in --parts 0-3,5");
  }
  if (*number >= count) {
    fail(ErrorKind::usage, "there is no part {}: the bundle has parts 0 to {}", *number, count - 1);
  }
  return *number;
}

}  // namespace

std::set<std::size_t> parse_range(std::string_view range, std::size_t count) {
  std::set<std::size_t> numbers;
  if (range.empty()) {
    for (std::size_t i = 0; i < count; ++i) {
      numbers.insert(i);
    }
    return numbers;
  }
  for (const std::string_view item : split(range, ',')) {
    const std::size_t dash = item.find('-');
    const std::size_t first = parse_part(item.substr(0, dash), count, range);
    const std::size_t last =
        dash == std::string_view::npos ? first : parse_part(item.substr(dash + 1), count, range);
    if (last < first) {
      fail(ErrorKind::usage, "the range {} of --parts runs backwards", item);
    }
    for (std::size_t i = first; i <= last; ++i) {
      numbers.insert(i);
    }
  }
  return numbers;
}

void copy(Session& session, const CopyOptions& options) {
  const format::Index index = format::read_unverified_index(options.folder).index;
  make_folders(options.destination);
  if (stdfs::equivalent(options.folder, options.destination)) {
    fail(ErrorKind::usage, "{} and {} are the same folder", options.folder, options.destination);
  }
  const std::vector<Task> all = tasks_of(options, index);
  const std::vector<Task> tasks = differing(session, options, all);
  check_file_sizes(options.destination, tasks);
  check_space(options.destination, tasks);
  if (!tasks.empty()) {
    copy_all(session, options, tasks);
  }
  session.log->info(fmt::format("copied {} ({}), {} there already", count_words(tasks.size(), "file"),
                                format_size(bytes_of(tasks)), all.size() - tasks.size()));
}

}  // namespace bundle::commands
