#include "support/fakes/kernel.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "support/fakes/arguments.hpp"

namespace bundle::test {
namespace {

constexpr std::string_view kSwaps = "/proc/swaps";

}  // namespace

void FakeKernel::answer(FakeRunner& runner) {
  on(runner, {"sysctl"}, [this](const Command& command) { return sysctl(command); });
  on(runner, {"modprobe"}, [this](const Command& command) { return modprobe(command); });
  on(runner, {"swapoff"}, [this](const Command& command) { return swapoff(command); });
  on(runner, {"swapon"}, [this](const Command& command) { return swapon(command); });
  on(runner, {"hostnamectl"}, [this](const Command& command) { return hostnamectl(command); });
}

void FakeKernel::describe(WorldState& /*state*/) const {}

CommandResult FakeKernel::sysctl(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {});
  const bool writes = arguments.are({}, {"-w"}) && arguments.has("-w");
  if (arguments.words.empty() || !(writes || arguments.are({}, {"-n"}))) {
    return refuse(command);
  }
  std::string text;
  for (const std::string& word : arguments.words) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const std::string path = "/proc/sys/" + replace_all(name, ".", "/");
    if (!host_.exists(path)) {
      return failed(1, fmt::format("sysctl: cannot stat {}: No such file or directory\n", path));
    }
    if (writes != (equals != std::string::npos)) {
      return refuse(command);
    }
    if (writes) {
      host_.write(path, word.substr(equals + 1) + "\n");
    }
    const std::string value(trim(host_.read(path).value_or("")));
    text += arguments.has("-n") ? value + "\n" : fmt::format("{} = {}\n", name, value);
  }
  return said(text);
}

CommandResult FakeKernel::modprobe(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {});
  // Without -a the second word would be a parameter of the first module.
  if (!arguments.are({}, {"-a", "-n"}) || arguments.words.empty() ||
      (arguments.words.size() > 1 && !arguments.has("-a"))) {
    return refuse(command);
  }
  for (const std::string& module : arguments.words) {
    if (!loadable.contains(module)) {
      return failed(1, fmt::format("modprobe: FATAL: Module {} not found in directory /lib/modules/{}\n",
                                   module, trim(host_.read("/proc/sys/kernel/osrelease").value_or(""))));
    }
    if (!arguments.has("-n")) {
      load(module);
    }
  }
  return {};
}

void FakeKernel::load(const std::string& module) {
  if (host_.exists("/sys/module/" + module)) {
    return;
  }
  host_.write("/sys/module/" + module + "/initstate", "live\n");
  if (module == "overlay") {
    host_.write("/proc/filesystems", host_.read("/proc/filesystems").value_or("") + "nodev\toverlay\n");
  } else if (module == "br_netfilter") {
    for (const std::string name : {"arptables", "ip6tables", "iptables"}) {
      host_.write("/proc/sys/net/bridge/bridge-nf-call-" + name, "1\n");
    }
  } else if (module == "nf_conntrack") {
    host_.write("/proc/sys/net/netfilter/nf_conntrack_max", "262144\n");
  }
}

CommandResult FakeKernel::swapoff(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {});
  const bool is_all = arguments.has("-a");
  if (!arguments.are({}, {"-a"}) || is_all != arguments.words.empty()) {
    return refuse(command);
  }
  std::string kept;
  const std::string table = host_.read(kSwaps).value_or("");
  for (const std::string_view line : split(table, '\n')) {
    const std::string device = line.starts_with('/') ? std::string(split_words(line).front()) : std::string();
    const bool goes = !device.empty() && (is_all || arguments.words.front() == device);
    if (goes) {
      swap_rows_[device] = std::string(line);
    } else if (!line.empty()) {
      kept += std::string(line) + "\n";
    }
  }
  host_.write(kSwaps, kept);
  return {};
}

CommandResult FakeKernel::swapon(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {});
  if (!arguments.are({}, {}) || arguments.words.size() != 1) {
    return refuse(command);
  }
  constexpr int kSystemError = 255;
  const auto row = swap_rows_.find(arguments.words[0]);
  if (row == swap_rows_.end()) {
    return failed(kSystemError,
                  fmt::format("swapon: cannot open {}: No such file or directory\n", arguments.words[0]));
  }
  const std::string table = host_.read(kSwaps).value_or("");
  if (table.find(row->second) != std::string::npos) {
    return failed(kSystemError,
                  fmt::format("swapon: {}: swapon failed: Device or resource busy\n", row->first));
  }
  host_.write(kSwaps, table + row->second + "\n");
  return {};
}

/// Without an option all three names are set, and that for people goes.
CommandResult FakeKernel::hostnamectl(const Command& command) {
  const Arguments arguments = take_apart(command.argv, {});
  if (!arguments.are({"set-hostname"}, {"--static", "--transient"}) || arguments.words.size() != 2) {
    return refuse(command);
  }
  const bool all = arguments.options.empty();
  if (all) {
    host_.remove("/etc/machine-info");
  }
  if (all || arguments.has("--static")) {
    host_.write("/etc/hostname", arguments.words[1] + "\n");
    midway();
  }
  if (all || arguments.has("--transient")) {
    host_.write("/proc/sys/kernel/hostname", arguments.words[1] + "\n");
  }
  return {};
}

}  // namespace bundle::test
