#include "cluster/health.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/kubectl.hpp"

namespace bundle::cluster {

std::string unhealthy_pods(const host::Host& host) {
  const CommandResult pods =
      host.ask(kubectl({"get", "pods", "--all-namespaces", "--no-headers", "-o", "wide"}));
  std::string text;
  for (const std::string_view line : split(pods.out, '\n')) {
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() > 3 && words[3] != "Completed" &&
        (words[3] != "Running" || words[2].starts_with("0/"))) {
      text += fmt::format("  {}/{}: {} ({} ready, {} restarts)\n", words[0], words[1], words[3], words[2],
                          words.size() > 4 ? words[4] : "?");
    }
  }
  const CommandResult events =
      host.ask(kubectl({"get", "events", "--all-namespaces", "--field-selector=type=Warning", "--no-headers",
                        "-o", "custom-columns=:.involvedObject.name,:.message"}));
  const std::vector<std::string_view> lines = split(trim(events.out), '\n');
  for (std::size_t i = lines.size() > 8 ? lines.size() - 8 : 0; i < lines.size(); ++i) {
    text += "  " + std::string(lines[i]) + "\n";
  }
  return text;
}

}  // namespace bundle::cluster
