#include "host/kernels.hpp"

#include <string.h>  // strverscmp is glibc's

#include <algorithm>

#include "base/text.hpp"
#include "host/facts.hpp"

namespace bundle::host {
namespace {

constexpr std::string_view kModules = "/lib/modules";

bool is_file_of(std::string_view file, std::string_view module) {
  return file.starts_with(module) && file.substr(module.size()).starts_with(".ko");
}

}  // namespace

std::vector<std::string> kernels(const Host& host) {
  std::vector<std::string> releases = host.list(kModules);
  std::sort(releases.begin(), releases.end(), [](const std::string& a, const std::string& b) {
    return ::strverscmp(a.c_str(), b.c_str()) < 0;
  });
  return releases;
}

bool has_module_file(const Host& host, const std::string& release, const std::string& module) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(
      host.at(fmt::format("{}/{}", kModules, release)),
      std::filesystem::directory_options::skip_permission_denied, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    if (is_file_of(entry->path().filename().string(), module)) {
      return true;
    }
  }
  return false;
}

std::string kernel_image(const std::string& release) { return "/boot/vmlinuz-" + release; }
std::string initramfs(const std::string& release) { return "/boot/initramfs-" + release + ".img"; }

std::string kernel_with(const Host& host, const std::string& module) {
  std::string running = kernel_release(host);
  if (has_module_file(host, running, module)) {
    return running;
  }
  const std::vector<std::string> releases = kernels(host);
  const auto found = std::find_if(releases.rbegin(), releases.rend(), [&](const std::string& release) {
    return host.exists(kernel_image(release)) && has_module_file(host, release, module);
  });
  return found == releases.rend() ? std::string() : *found;
}

std::string default_kernel_image(const Host& host) {
  const CommandResult answer = host.ask({"grubby", "--default-kernel"});
  return answer.status == 0 ? std::string(trim(answer.out)) : std::string();
}

}  // namespace bundle::host
