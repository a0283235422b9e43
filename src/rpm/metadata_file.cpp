#include "rpm/metadata_file.hpp"

extern "C" {
#include <solv/solv_xfopen.h>
}

#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"
#include "rpm/read_ahead.hpp"

namespace bundle::rpm {
namespace {

constexpr std::size_t kMaxRunBytes = 1 << 20;  // of text in one XML element: real ones have a few KiB
constexpr std::size_t kBlockBytes = 128 << 10;

void check_content(int fd, const std::string& name, const MetadataFile& file) {
  Hasher hasher(file.checksum_kind);
  std::array<std::byte, kBlockBytes> block;
  std::uint64_t total = 0;
  while (true) {
    const ssize_t got = ::pread(fd, block.data(), block.size(), static_cast<off_t>(total));
    if (got < 0) {
      fail_errno("read", name, errno);
    }
    if (got == 0) {
      break;
    }
    total += static_cast<std::uint64_t>(got);
    if (total > kMaxMetadataBytes) {
      fail(ErrorKind::integrity, "{} is longer than {}", name, format_size(kMaxMetadataBytes));
    }
    hasher.update(Bytes(block.data(), static_cast<std::size_t>(got)));
  }
  if (file.size_bytes != 0 && file.size_bytes != total) {
    fail(ErrorKind::integrity, "{} has {} bytes, repomd.xml says {}", name, total, file.size_bytes);
  }
  const std::string found = hasher.finish_hex();
  if (found != file.checksum) {
    fail(ErrorKind::integrity, "{} has the {} {}, repomd.xml says {}", name, to_string(file.checksum_kind),
         found, file.checksum);
  }
}

}  // namespace

/// What fopencookie hands to the read function: the unpacking stream and how much it may still give.
struct MetadataStream::Counter {
  Handle<FILE, std::fclose> inner;
  std::optional<ReadAhead> ahead;
  std::string name;
  std::uint64_t limit_bytes = 0;
  std::uint64_t total_bytes = 0;
  bool is_xml = false;
  std::size_t run_bytes = 0;  ///< since the last '<'

  /// libsolv keeps the text of an element and its attributes in memory, whatever their length.
  void measure_run(std::string_view bytes) {
    const std::size_t last = is_xml ? bytes.rfind('<') : 0;
    run_bytes = last == std::string_view::npos ? run_bytes + bytes.size() : bytes.size() - last;
  }
  bool is_run_too_long() const { return is_xml && run_bytes > kMaxRunBytes; }

  static ssize_t read(void* cookie, char* buffer, std::size_t size) {
    auto& self = *static_cast<Counter*>(cookie);
    const ssize_t got = self.ahead->read(buffer, size);
    if (got > 0) {
      self.total_bytes += static_cast<std::size_t>(got);
      self.measure_run(std::string_view(buffer, static_cast<std::size_t>(got)));
    }
    if (got < 0 || self.total_bytes > self.limit_bytes || self.is_run_too_long()) {
      errno = EIO;
      return -1;
    }
    return got;
  }
};

MetadataStream::MetadataStream(const std::filesystem::path& path, const MetadataFile& file)
    : counter_(std::make_unique<Counter>()) {
  UniqueFd fd = open_file(path, OpenMode::read);
  check_content(fd.get(), path.string(), file);
  // In a cache the path tells nothing: there it lies under its checksum.
  counter_->name = path.filename() == std::filesystem::path(file.location.str()).filename()
                       ? path.string()
                       : file.location.str() + " (" + path.string() + ")";
  counter_->is_xml = file.location.str().find(".xml") != std::string::npos;
  counter_->limit_bytes = file.open_size_bytes != 0 ? file.open_size_bytes : kMaxOpenMetadataBytes;
  // The ending of the name upstream tells how it is packed: in a cache it lies under its checksum.
  counter_->inner.reset(solv_xfopen_fd(file.location.str().c_str(), fd.get(), "r"));
  if (!counter_->inner) {
    fail(ErrorKind::integrity, "{} is packed in a way that is not supported", counter_->name);
  }
  fd.release();  // belongs to the stream now
  counter_->ahead.emplace(counter_->inner.get());
  file_ = fopencookie(counter_.get(), "r", {.read = Counter::read});
  if (file_ == nullptr) {
    fail(ErrorKind::bug, "no memory for a stream");
  }
}

MetadataStream::~MetadataStream() {
  if (file_ != nullptr) {
    std::fclose(file_);
  }
}

const std::string& MetadataStream::name() const { return counter_->name; }

void MetadataStream::check_size() const {
  if (counter_->total_bytes > counter_->limit_bytes) {
    fail(ErrorKind::integrity, "{} unpacks to more than {} bytes", counter_->name, counter_->limit_bytes);
  }
  if (counter_->is_run_too_long()) {
    fail(ErrorKind::integrity, "{} has an element of more than {} bytes", counter_->name, kMaxRunBytes);
  }
}

std::string MetadataStream::read_all() {
  std::string content;
  std::array<char, kBlockBytes> block;
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), file_)) {
    content.append(block.data(), got);
  }
  check_size();
  if (std::ferror(file_) != 0) {
    fail(ErrorKind::integrity, "{} cannot be unpacked", counter_->name);
  }
  return content;
}

std::string read_unpacked(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  const Handle<FILE, std::fclose> file(solv_xfopen(path.c_str(), "r"));
  if (!file) {
    fail_errno("read", path.string(), errno);
  }
  std::string content;
  std::array<char, kBlockBytes> block;
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), file.get())) {
    content.append(block.data(), got);
    if (content.size() > limit_bytes) {
      fail(ErrorKind::integrity, "{} unpacks to more than {}", path.string(), format_size(limit_bytes));
    }
  }
  if (std::ferror(file.get()) != 0) {
    fail(ErrorKind::integrity, "{} cannot be unpacked", path.string());
  }
  return content;
}

}  // namespace bundle::rpm
