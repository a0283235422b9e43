#include "actions/files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/hash.hpp"
#include "base/partial_file.hpp"
#include "base/text.hpp"
#include "host/digest.hpp"
#include "host/removal.hpp"
#include "host/state_folder.hpp"

namespace bundle::actions {
namespace {

namespace stdfs = std::filesystem;

constexpr std::uint64_t kMaxFileBytes = 16 << 20;
constexpr std::string_view kType = "file";

struct stat stat_of(const host::Host& host, const std::string& path) {
  struct stat status{};
  if (::lstat(host.at(path).c_str(), &status) != 0) {
    fail_errno("look at", path, errno);
  }
  return status;
}

/// What is at the path now, with its content kept aside: everything that undo_file needs.
json::Object capture_file(const host::Host& host, const std::string& path) {
  json::Object before;
  if (!host.exists(path)) {
    const std::vector<std::string> missing = host::missing_folders(host, path);
    before["folders"] = json::Array(missing.begin(), missing.end());
    return before;
  }
  const struct stat status = stat_of(host, path);
  if (S_ISLNK(status.st_mode)) {
    before["link"] = stdfs::read_symlink(host.at(path)).string();
    return before;
  }
  const std::optional<std::string> content = content_of(host, path);
  if (!content) {
    fail(ErrorKind::step, "{} is not a regular file", path);
  }
  const std::string sha256 = sha256_hex(*content);
  // Also when it is what we write: somebody may remove the file before it is undone.
  put_file(host, {.path = host::backup_path(sha256), .content = *content, .mode = 0600});
  before["sha256"] = sha256;
  before["mode"] = static_cast<std::uint64_t>(status.st_mode & 07777);
  before["uid"] = static_cast<std::uint64_t>(status.st_uid);
  before["gid"] = static_cast<std::uint64_t>(status.st_gid);
  return before;
}

/// A file whose whole content an action decides.
class FileAction : public steps::Action {
 public:
  explicit FileAction(std::string path, unsigned mode) : path_(std::move(path)), mode_(mode) {}

  bool is_done(steps::Context& context) override {
    const std::optional<std::string> now = content_of(context.host, path_);
    if (!now || *now != wanted(context.host)) {
      return false;
    }
    return (stat_of(context.host, path_).st_mode & 07777) == mode_;
  }

  steps::Change capture(steps::Context& context) override {
    steps::Change change{
        .type = std::string(kType), .key = path_, .before = capture_file(context.host, path_)};
    const std::string digest = sha256_hex(wanted(context.host));
    change.before["ours"] = steps::ours_after(context.captured(kType, path_), digest);
    return change;
  }

  void apply(steps::Context& context) override {
    put_file(context.host, {.path = path_, .content = wanted(context.host), .mode = mode_});
  }

 protected:
  virtual std::string wanted(const host::Host& host) const = 0;

  std::string path_;
  unsigned mode_;
};

class WholeFile final : public FileAction {
 public:
  explicit WholeFile(FileContent file)
      : FileAction(file.path, file.mode), content_(std::move(file.content)) {}

  std::string describe() const override {
    return fmt::format("write {} (mode {:04o})\n", path_, mode_) + quoted(content_);
  }
  json::Object inputs() const override {
    return {{"write", path_}, {"mode", std::uint64_t{mode_}}, {"sha256", sha256_hex(content_)}};
  }

 protected:
  std::string wanted(const host::Host& /*host*/) const override { return content_; }

 private:
  static std::string quoted(std::string_view content) {
    std::string text;
    for (const std::string_view line : split(content.substr(0, content.find_last_not_of('\n') + 1), '\n')) {
      text += "  | " + std::string(line) + "\n";
    }
    return text;
  }

  std::string content_;
};

class CopiedFile final : public FileAction {
 public:
  CopiedFile(std::string from, std::string to, unsigned mode)
      : FileAction(std::move(to), mode), from_(std::move(from)) {}

  std::string describe() const override {
    return fmt::format("install -m {:04o} {} {}\n", mode_, from_, path_);
  }
  json::Object inputs() const override {
    return {{"copy", from_}, {"to", path_}, {"mode", std::uint64_t{mode_}}};
  }
  bool is_done(steps::Context& context) override {
    return context.host.exists(from_) && FileAction::is_done(context);
  }
  steps::Change capture(steps::Context& context) override {
    steps::Change change = FileAction::capture(context);
    change.before["copy-of"] = from_;
    return change;
  }

 protected:
  std::string wanted(const host::Host& host) const override {
    std::optional<std::string> content = content_of(host, from_);
    if (!content) {
      fail(ErrorKind::step, "{} is not there, and should be copied to {}", from_, path_);
    }
    return *std::move(content);
  }

 private:
  std::string from_;
};

bool is_link_to(const host::Host& host, const std::string& path, const std::string& target) {
  std::error_code no_link;
  return !target.empty() && stdfs::read_symlink(host.at(path), no_link) == target;
}

/// Where to find what was at a path that is left as it is.
std::string original_words(const json::Object& before) {
  if (const std::string link = json::text_at(before, "link"); !link.empty()) {
    return "before there was a link to " + link;
  }
  const std::string sha256 = json::text_at(before, "sha256");
  return sha256.empty() ? "there was no such file before"
                        : "what was there before is kept as " + host::backup_path(sha256);
}

/// Whether it is a copy of a file that somebody has renewed since, and the copy with it.
bool is_copy(const host::Host& host, const steps::Change& change, const std::string& sha256) {
  const std::string from = json::text_at(change.before, "copy-of");
  return !from.empty() && host::digest_of(host, from) == sha256;
}

/// Leaves what somebody has changed since, be it a link or a folder now; true when the path holds our bytes,
/// what was there before, or nothing.
bool is_ours_to_undo(host::Host& host, const steps::Change& change) {
  if (is_link_to(host, change.key, json::text_at(change.before, "link"))) {
    return false;  // it is back already, whatever it points to
  }
  const std::optional<std::string> now = host::digest_of(host, change.key);
  if (now ? steps::is_ours(change, *now) || *now == json::text_at(change.before, "sha256") ||
                is_copy(host, change, *now)
          : !host.exists(change.key)) {
    return true;
  }
  host.log.warn(fmt::format("{} was changed since it was installed; it is left as it is; {}", change.key,
                            original_words(change.before)));
  return false;
}

/// The file with the content, mode and owner that it had.
void put_back(const host::Host& host, const steps::Change& change) {
  const std::string backup = json::text_at(change.before, "sha256");
  const std::optional<std::string> now = content_of(host, change.key);
  const bool is_unchanged = now && sha256_hex(*now) == backup;
  const std::string content =
      is_unchanged ? *now : read_file(host.at(host::backup_path(backup)), kMaxFileBytes);
  if (sha256_hex(content) != backup) {
    fail(ErrorKind::integrity, "{}: the kept copy of {} is damaged", host::backup_path(backup), change.key);
  }
  const auto mode = static_cast<unsigned>(json::number_at(change.before, "mode"));
  put_file(host, {.path = change.key, .content = content, .mode = mode});
  const auto uid = static_cast<uid_t>(json::number_at(change.before, "uid"));
  const auto gid = static_cast<gid_t>(json::number_at(change.before, "gid"));
  if (::chown(host.at(change.key).c_str(), uid, gid) != 0) {
    fail_errno("set the owner of", change.key, errno);
  }
  // chown takes set-user-ID and set-group-ID away, from root as well.
  if (::chmod(host.at(change.key).c_str(), mode) != 0) {
    fail_errno("set the mode of", change.key, errno);
  }
}

}  // namespace

std::optional<std::string> content_of(const host::Host& host, const std::string& path) {
  std::error_code error;
  if (!stdfs::is_regular_file(host.at(path), error)) {
    return std::nullopt;
  }
  return read_file(host.at(path), kMaxFileBytes);
}

void put_file(const host::Host& host, const FileContent& file) {
  PartialFile made(host.at(file.path));
  made.write(as_bytes(file.content));
  made.commit(file.mode);
}

std::unique_ptr<steps::Action> write_file(FileContent file) {
  return std::make_unique<WholeFile>(std::move(file));
}

std::unique_ptr<steps::Action> copy_file(std::string from, std::string to, unsigned mode) {
  return std::make_unique<CopiedFile>(std::move(from), std::move(to), mode);
}

void undo_file(host::Host& host, const steps::Change& change) {
  remove_leftover_of(host.at(change.key));
  if (!is_ours_to_undo(host, change)) {
    return;
  }
  if (const std::string link = json::text_at(change.before, "link"); !link.empty()) {
    stdfs::remove(host.at(change.key));
    stdfs::create_symlink(link, host.at(change.key));
  } else if (json::text_at(change.before, "sha256").empty()) {
    stdfs::remove(host.at(change.key));
    host::remove_if_empty(host, json::texts_at(change.before, "folders"));
  } else {
    put_back(host, change);
  }
}

}  // namespace bundle::actions
