#include "support/fakes/snapshot.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace bundle::test {
namespace {

std::string brief(const std::string& content) {
  constexpr std::size_t kLongest = 200;
  return content.size() <= kLongest
             ? replace_all(printable(content), "\n", "\\n")
             : fmt::format("{} bytes, sha256 {}", content.size(), sha256_hex(content).substr(0, 16));
}

std::set<std::string> lines_of(const std::string& text, const std::vector<std::string>& ignored) {
  std::set<std::string> lines;
  for (const std::string_view line : split(text, '\n')) {
    const bool counts = std::none_of(ignored.begin(), ignored.end(),
                                     [&](const std::string& prefix) { return line.starts_with(prefix); });
    if (counts) {
      lines.emplace(line);
    }
  }
  return lines;
}

}  // namespace

void describe_files(const HostFolder& host, WorldState& state) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(host.root())) {
    const std::string path = "/" + entry.path().lexically_relative(host.root()).string();
    const unsigned mode = static_cast<unsigned>(entry.symlink_status().permissions());
    if (entry.is_symlink()) {
      state["link " + path] = std::filesystem::read_symlink(entry.path()).string();
    } else if (entry.is_directory()) {
      state["folder " + path] = fmt::format("{:04o}", mode);
    } else {
      state["file " + path] = fmt::format("{:04o} {}", mode, brief(host.read(path).value_or("unreadable")));
    }
  }
}

std::string to_text(const WorldState& state) {
  std::string text;
  for (const auto& [key, value] : state) {
    text += key + " = " + value + "\n";
  }
  return text;
}

std::string difference(const std::string& before, const std::string& after,
                       const std::vector<std::string>& ignored) {
  const std::set<std::string> old_lines = lines_of(before, ignored);
  const std::set<std::string> new_lines = lines_of(after, ignored);
  std::string text;
  for (const std::string& line : old_lines) {
    text += new_lines.contains(line) ? "" : "- " + line + "\n";
  }
  for (const std::string& line : new_lines) {
    text += old_lines.contains(line) ? "" : "+ " + line + "\n";
  }
  return text;
}

}  // namespace bundle::test
