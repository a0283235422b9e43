#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace bundle::test {

/// The folder that stands for a host's root. Paths are absolute ones of that host.
class HostFolder {
 public:
  explicit HostFolder(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path at(std::string_view path) const;
  bool exists(std::string_view path) const;
  /// The whole file; nothing when there is none.
  std::optional<std::string> read(std::string_view path) const;
  /// Writes a file, folders made.
  void write(std::string_view path, std::string_view content) const;
  /// A file, or a folder with all it holds.
  void remove(std::string_view path) const;
  /// What a folder holds goes, the folder stays.
  void clear(std::string_view path) const;
  bool is_empty(std::string_view path) const;

 private:
  std::filesystem::path root_;
};

}  // namespace bundle::test
