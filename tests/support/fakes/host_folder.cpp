#include "support/fakes/host_folder.hpp"

#include <fstream>
#include <sstream>

namespace bundle::test {

std::filesystem::path HostFolder::at(std::string_view path) const {
  return root_ / std::filesystem::path(path).relative_path();
}

bool HostFolder::exists(std::string_view path) const {
  return std::filesystem::exists(std::filesystem::symlink_status(at(path)));
}

std::optional<std::string> HostFolder::read(std::string_view path) const {
  std::ifstream file(at(path), std::ios::binary);
  if (!file || std::filesystem::is_directory(at(path))) {
    return std::nullopt;
  }
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void HostFolder::write(std::string_view path, std::string_view content) const {
  std::filesystem::create_directories(at(path).parent_path());
  std::ofstream(at(path), std::ios::binary) << content;
}

void HostFolder::remove(std::string_view path) const {
  std::error_code below_a_file;
  if (std::filesystem::exists(std::filesystem::symlink_status(at(path), below_a_file))) {
    std::filesystem::remove_all(at(path));
  }
}

void HostFolder::clear(std::string_view path) const {
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(at(path), absent)) {
    std::filesystem::remove_all(entry.path());
  }
}

bool HostFolder::is_empty(std::string_view path) const {
  std::error_code absent;
  const std::filesystem::directory_iterator entries(at(path), absent);
  return absent || entries == std::filesystem::directory_iterator();
}

}  // namespace bundle::test
