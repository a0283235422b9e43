#include "preflight/said.hpp"

#include "base/text.hpp"

namespace bundle::preflight {

std::vector<std::string_view> said_lines(std::string_view text,
                                         const std::function<bool(std::string_view line)>& is_noise) {
  constexpr std::size_t kMaxLines = 12;
  std::vector<std::string_view> lines;
  for (const std::string_view raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    if (!line.empty() && !is_noise(line) && lines.size() < kMaxLines) {
      lines.push_back(line);
    }
  }
  return lines;
}

}  // namespace bundle::preflight
