#include "host/chrony.hpp"

#include "base/text.hpp"

namespace bundle::host {

std::vector<std::string> chrony_sources(const Host& host) {
  std::vector<std::string> sources;
  const std::string text = host.read(kChronyConfig).value_or("");
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    const std::string kind = words.size() < 2 ? std::string() : lower(words[0]);
    if (kind == "server" || kind == "pool" || kind == "peer" || kind == "refclock") {
      sources.push_back(kind + " " + std::string(words[1]));
    }
  }
  return sources;
}

}  // namespace bundle::host
