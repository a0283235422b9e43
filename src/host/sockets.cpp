#include "host/sockets.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"

namespace bundle::host {

std::map<std::uint64_t, std::string> listeners(const Host& host, spec::Transport transport) {
  std::map<std::uint64_t, std::string> found;
  const std::string name = transport == spec::Transport::tcp ? "tcp" : "udp";
  const std::string_view listening = transport == spec::Transport::tcp ? "0A" : "07";
  for (const std::string& file : {name, name + "6"}) {
    const std::string text = host.read("/proc/net/" + file).value_or("");
    for (const std::string_view line : split(text, '\n')) {
      const std::vector<std::string_view> words = split_words(line);
      if (words.size() > 9 && words[3] == listening && words[1].find(':') != std::string_view::npos) {
        const std::string hex(words[1].substr(words[1].rfind(':') + 1));
        found.emplace(std::stoul(hex, nullptr, 16), words[9]);
      }
    }
  }
  return found;
}

std::vector<std::string> connect_command(const std::string& address, const std::string& port) {
  return {"timeout", "3", "bash", "-c", R"(exec 3<>"/dev/tcp/$1/$2")", "bash", address, port};
}

std::string owner_of(const Host& host, const std::string& inode) {
  const std::string socket = "socket:[" + inode + "]";
  for (const std::string& pid : host.list("/proc")) {
    const std::string folder = "/proc/" + pid + "/fd";
    std::error_code error;
    std::filesystem::directory_iterator it(host.at(folder), error);
    for (; parse_unsigned(pid) && !error && it != std::filesystem::directory_iterator();
         it.increment(error)) {
      std::error_code gone;
      if (std::filesystem::read_symlink(it->path(), gone) == socket) {
        return fmt::format("{} (pid {})", host.read("/proc/" + pid + "/comm").value_or("a process"), pid);
      }
    }
  }
  return {};
}

}  // namespace bundle::host
