#include "actions/lines.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <vector>

#include "actions/files.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/partial_file.hpp"
#include "base/text.hpp"
#include "host/removal.hpp"

namespace bundle::actions {
namespace {

constexpr std::string_view kBegin = "# BEGIN bundle\n";
constexpr std::string_view kEnd = "# END bundle\n";
constexpr std::string_view kCommented = "# commented out by bundle: ";

/// Replaces the content of the file, of the one behind a link, and leaves mode and owner.
void put_text(const host::Host& host, const std::string& path, const std::string& text) {
  const std::filesystem::path file = std::filesystem::weakly_canonical(host.at(path));
  struct stat old{};
  const bool was_there = ::stat(file.c_str(), &old) == 0;
  PartialFile made(file);
  made.write(as_bytes(text));
  made.commit(was_there ? old.st_mode & 07777 : 0644);
  if (was_there && ::chown(file.c_str(), old.st_uid, old.st_gid) != 0) {
    fail_errno("set the owner of", path, errno);
  }
}

struct Stretch {
  std::size_t begin = 0;
  std::size_t length = 0;
};

/// The first end that has a beginning before it, from the beginning that is nearest: a beginning whose end
/// somebody has taken out must not make what follows ours.
std::optional<Stretch> find_block(std::string_view text) {
  const std::size_t first = text.find(kBegin);
  const std::size_t end = first == std::string_view::npos ? first : text.find(kEnd, first);
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::size_t begin = text.rfind(kBegin, end);
  return Stretch{.begin = begin, .length = end + kEnd.size() - begin};
}

/// An action that decides some lines of a file.
class LinesAction : public steps::Action {
 public:
  explicit LinesAction(std::string path) : path_(std::move(path)) {}

  bool is_done(steps::Context& context) override {
    const std::optional<std::string> now = content_of(context.host, path_);
    return now && *now == wanted(*now);
  }
  void apply(steps::Context& context) override {
    put_text(context.host, path_, wanted(content_of(context.host, path_).value_or("")));
  }

 protected:
  /// The file's text as it should be, by how it is.
  virtual std::string wanted(const std::string& now) const = 0;

  std::string path_;
};

class Block final : public LinesAction {
 public:
  Block(std::string path, std::string lines) : LinesAction(std::move(path)), lines_(std::move(lines)) {}

  std::string describe() const override { return fmt::format("keep this block in {}\n", path_) + block(); }
  json::Object inputs() const override { return {{"block", path_}, {"sha256", sha256_hex(lines_)}}; }
  steps::Change capture(steps::Context& context) override {
    const bool existed = context.host.exists(path_);
    const std::string now = content_of(context.host, path_).value_or("");
    json::Object before{{"existed", existed}, {"newline", !now.empty() && now.back() != '\n'}};
    if (!existed) {
      const std::vector<std::string> missing = host::missing_folders(context.host, path_);
      before["folders"] = json::Array(missing.begin(), missing.end());
    }
    return {.type = "block", .key = path_, .before = std::move(before)};
  }

 protected:
  std::string wanted(const std::string& now) const override {
    std::string text = now;
    if (const std::optional<Stretch> old = find_block(text)) {
      return text.replace(old->begin, old->length, block());
    }
    if (!text.empty() && text.back() != '\n') {
      text += '\n';
    }
    return text + block();
  }

 private:
  std::string block() const { return std::string(kBegin) + lines_ + std::string(kEnd); }

  std::string lines_;
};

class CommentedOut final : public LinesAction {
 public:
  CommentedOut(std::string path, LineRule rule) : LinesAction(std::move(path)), rule_(rule) {}

  std::string describe() const override { return fmt::format("comment out {} in {}\n", rule_.words, path_); }
  json::Object inputs() const override { return {{"comment-out", rule_.id}, {"in", path_}}; }
  bool is_done(steps::Context& context) override {
    return !context.host.exists(path_) || LinesAction::is_done(context);
  }
  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "lines", .key = path_, .before = {}};
  }
  void apply(steps::Context& context) override {
    if (!is_done(context)) {
      LinesAction::apply(context);
    }
  }

 protected:
  std::string wanted(const std::string& now) const override {
    std::vector<std::string> lines;
    for (const std::string_view line : split(now, '\n')) {
      lines.push_back(std::string(rule_.is_unwanted(line) ? kCommented : "") + std::string(line));
    }
    return join(lines, "\n");
  }

 private:
  LineRule rule_;
};

}  // namespace

std::unique_ptr<steps::Action> write_block(std::string path, std::string lines) {
  return std::make_unique<Block>(std::move(path), std::move(lines));
}

std::string_view lines_of_block(std::string_view text) {
  const std::optional<Stretch> block = find_block(text);
  return block ? text.substr(block->begin + kBegin.size(), block->length - kBegin.size() - kEnd.size())
               : std::string_view();
}

std::unique_ptr<steps::Action> comment_out(std::string path, LineRule rule) {
  return std::make_unique<CommentedOut>(std::move(path), rule);
}

void undo_block(host::Host& host, const steps::Change& change) {
  std::string text = content_of(host, change.key).value_or("");
  const std::optional<Stretch> block = find_block(text);
  if (!block) {
    return;
  }
  text.erase(block->begin, block->length);
  // Ours as well, unless somebody has written behind it.
  if (json::flag_at(change.before, "newline") && block->begin == text.size() && text.ends_with('\n')) {
    text.pop_back();
  }
  if (text.empty() && !json::flag_at(change.before, "existed")) {
    std::filesystem::remove(host.at(change.key));
    host::remove_if_empty(host, json::texts_at(change.before, "folders"));
  } else {
    put_text(host, change.key, text);
  }
}

void undo_lines(host::Host& host, const steps::Change& change) {
  const std::string now = content_of(host, change.key).value_or("");
  std::vector<std::string> lines;
  for (std::string_view line : split(now, '\n')) {
    if (line.starts_with(kCommented)) {
      line.remove_prefix(kCommented.size());
    }
    lines.emplace_back(line);
  }
  if (const std::string text = join(lines, "\n"); text != now) {
    put_text(host, change.key, text);
  }
}

}  // namespace bundle::actions
