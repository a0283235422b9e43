#include "base/error.hpp"

#include <cerrno>
#include <cstring>

#include "base/text.hpp"

namespace bundle {

std::string to_string(const Position& position) {
  std::string text = position.file;
  if (position.line > 0) {
    text += fmt::format(":{}", position.line);
    if (position.column > 0) {
      text += fmt::format(":{}", position.column);
    }
  }
  return text;
}

std::string render(const Error& error) {
  std::string text = to_string(error.position());
  if (!text.empty()) {
    text += ": ";
  }
  text += error.message();
  for (const std::string& doing : error.context()) {
    text += "\n  while " + doing;
  }
  if (!error.hint().empty()) {
    text += "\nhint: " + error.hint();
  }
  return printable(text);
}

void fail_errno(std::string_view action, std::string_view path, int error_number) {
  ErrorKind kind = ErrorKind::usage;
  if (error_number == ENOSPC || error_number == EDQUOT) {
    kind = ErrorKind::no_space;
  } else if (error_number == EIO) {
    kind = ErrorKind::integrity;
  }
  throw Error(kind, fmt::format("cannot {} {}: {}", action, path, std::strerror(error_number)),
              error_number == EFBIG
                  ? "FAT32 ends at 4 GiB - 1 byte: build with a smaller --part-size, or format the "
                    "media with exFAT or ext4"
                  : "");
}

}  // namespace bundle
