#include "rpm/filelists_filter.hpp"

#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/error.hpp"

namespace bundle::rpm {
namespace {

constexpr std::size_t kBlockBytes = 256 << 10;
constexpr std::size_t kMaxElementBytes = 64 << 20;  // kernel-debug's has 1 MiB
constexpr std::string_view kBegin = "<package ";
constexpr std::string_view kEnd = "</package>";

/// The text with XML's own entities resolved; false when there is another one.
bool unescape(std::string_view text, std::string& out) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> kEntities = {
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  out.clear();
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '&') {
      out += text[i++];
      continue;
    }
    const auto it = std::find_if(kEntities.begin(), kEntities.end(), [&](const auto& entity) {
      return text.substr(i).starts_with(entity.first);
    });
    if (it == kEntities.end()) {
      return false;
    }
    out += it->second;
    i += it->first.size();
  }
  return true;
}

bool is_wanted(std::string_view path, const PathSet& wanted) {
  if (path.find('&') == std::string_view::npos) {
    return wanted.contains(path);
  }
  std::string plain;
  return !unescape(path, plain) || wanted.contains(plain);  // what is not understood is left to the parser
}

}  // namespace

bool lists_any(std::string_view element, const PathSet& wanted) {
  constexpr std::string_view kFile = "<file";
  for (std::size_t at = element.find(kFile); at != std::string_view::npos; at = element.find(kFile, at)) {
    const std::size_t begin = element.find('>', at);
    const std::size_t end = begin == std::string_view::npos ? begin : element.find('<', begin);
    if (end == std::string_view::npos) {
      return true;  // malformed: the parser will say so
    }
    if (is_wanted(element.substr(begin + 1, end - begin - 1), wanted)) {
      return true;
    }
    at = end;
  }
  return false;
}

FilelistsFilter::FilelistsFilter(FILE* inner, const PathSet& wanted)
    : inner_(inner), wanted_(wanted), file_(fopencookie(this, "r", {.read = read})) {
  if (file_ == nullptr) {
    fail(ErrorKind::bug, "no memory for a stream");
  }
}

FilelistsFilter::~FilelistsFilter() { std::fclose(file_); }

ssize_t FilelistsFilter::read(void* cookie, char* buffer, std::size_t size) {
  auto& self = *static_cast<FilelistsFilter*>(cookie);
  while (self.given_ == self.output_.size()) {
    self.output_.clear();
    self.given_ = 0;
    if (self.is_ended_ && self.position_ == self.input_.size()) {
      return 0;
    }
    if (!self.refill()) {
      errno = EIO;
      return -1;
    }
    self.is_inside_ ? self.take_element() : self.take_outside();
  }
  const std::size_t count = std::min(size, self.output_.size() - self.given_);
  self.output_.copy(buffer, count, self.given_);
  self.given_ += count;
  return static_cast<ssize_t>(count);
}

/// Reads on when what is there may be half of something.
bool FilelistsFilter::refill() {
  const std::string_view rest = std::string_view(input_).substr(position_);
  const bool has_whole = is_inside_ ? rest.find(kEnd) != std::string_view::npos : rest.size() > kBegin.size();
  if (is_ended_ || has_whole) {
    return true;
  }
  input_.erase(0, position_);
  position_ = 0;
  const std::size_t before = input_.size();
  input_.resize(before + kBlockBytes);
  const std::size_t got = std::fread(input_.data() + before, 1, kBlockBytes, inner_);
  input_.resize(before + got);
  is_ended_ = got < kBlockBytes;
  return std::ferror(inner_) == 0;
}

/// Passes on what is before the next package, as far as it is known to be before it.
void FilelistsFilter::take_outside() {
  const std::string_view rest = std::string_view(input_).substr(position_);
  const std::size_t at = rest.find(kBegin);
  is_inside_ = at != std::string_view::npos;
  const std::size_t kept = is_ended_ ? 0 : std::min(rest.size(), kBegin.size() - 1);
  const std::size_t count = is_inside_ ? at : rest.size() - kept;
  output_.append(rest.substr(0, count));
  position_ += count;
}

/// Passes the package on, or drops it.
void FilelistsFilter::take_element() {
  const std::string_view rest = std::string_view(input_).substr(position_);
  const std::size_t end = rest.find(kEnd);
  const bool is_whole = end != std::string_view::npos;
  if (!is_whole && !is_ended_ && rest.size() < kMaxElementBytes) {
    return;  // read on
  }
  const std::size_t count = is_whole ? end + kEnd.size() : rest.size();
  const std::string_view element = rest.substr(0, count);
  if (!is_whole || lists_any(element, wanted_)) {
    output_.append(element);
  }
  position_ += count;
  is_inside_ = false;
}

}  // namespace bundle::rpm
