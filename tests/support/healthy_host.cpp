#include "support/healthy_host.hpp"

#include "base/text.hpp"

namespace bundle::test {
namespace {

constexpr std::string_view kOsRelease = R"os(NAME="Rocky Linux"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.4"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"
)os";

constexpr std::string_view kCpu = R"(processor	: 0
model name	: A processor
flags		: lm sse4_1 sse4_2 ssse3 popcnt cx16 lahf_lm

processor	: 1
model name	: A processor
)";

constexpr std::string_view kRoutes =
    R"([{"dst":"default","gateway":"10.0.0.1","dev":"eth0"},{"dst":"10.0.0.0/24","dev":"eth0"}])";

}  // namespace

HealthyHost::HealthyHost()
    : now(*parse_utc("2026-11-22T00:00:00Z")),
      host{.root = root.path(), .runner = runner, .log = log, .progress = progress, .now = [this] {
             return now;
           }} {
  for (const char* program : {"dnf", "rpm", "ip", "systemctl", "sysctl", "modprobe", "mount", "swapoff",
                              "hostnamectl", "iptables"}) {
    put(std::string("/usr/sbin/") + program, "");
  }
  put("/etc/os-release", kOsRelease);
  put("/etc/resolv.conf", "search example.org\nnameserver 10.0.0.2\n");
  put("/etc/hosts", "127.0.0.1 localhost\n10.0.0.5 node1\n");
  put("/proc/cpuinfo", kCpu);
  put("/proc/meminfo", "MemTotal:       16000000 kB\nMemAvailable:   12000000 kB\n");
  put("/proc/swaps", "Filename Type Size Used Priority\n");
  put("/proc/filesystems", "nodev\toverlay\n");
  put("/proc/self/status", "Name:\tbundle\nUid:\t0\t0\t0\t0\n");
  put("/proc/self/mounts", "/dev/sda1 / ext4 rw,relatime 0 0\n");
  put("/proc/sys/kernel/hostname", "node1\n");
  put("/proc/sys/kernel/osrelease", "5.14.0-503.el9.x86_64\n");
  put("/proc/100/comm", "chronyd\n");
  put("/run/systemd/system/x", "");
  put("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
  put("/sys/module/br_netfilter/x", "");
  put("/sys/module/nf_conntrack/x", "");
  runner.on({"uname", "-m"}, {.out = "x86_64\n"});
  runner.on({"chronyc"}, {.out = "Leap status     : Normal\n"});
  runner.on({"ip", "-j", "-4", "address"},
            {.out = R"([{"ifname":"eth0","addr_info":[{"local":"10.0.0.5","prefixlen":24}]}])"});
  runner.on({"ip", "-4", "route", "show", "default"},
            {.out = "default via 10.0.0.1 dev eth0 proto static\n"});
  set_routes(std::string(kRoutes));
}

void HealthyHost::put(const std::string& path, std::string_view content) {
  const std::filesystem::path file = host.at(path);
  make_folders(file.parent_path());
  write_file_atomically(file, content);
}

void HealthyHost::remove(const std::string& path) { std::filesystem::remove_all(host.at(path)); }

void HealthyHost::link(const std::string& path, const std::string& target) {
  make_folders(host.at(path).parent_path());
  std::filesystem::create_symlink(target, host.at(path));
}

void HealthyHost::put_recorded(const std::filesystem::path& file) {
  const std::string text = read_file(file, 1 << 20);
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t content = line.find(" = ");
    const std::size_t target = line.find(" -> ");
    if (line.starts_with('/') && content != std::string_view::npos) {
      put(std::string(line.substr(0, content)), std::string(line.substr(content + 3)) + "\n");
    } else if (line.starts_with('/')) {
      link(std::string(line.substr(0, target)), std::string(line.substr(target + 4)));
    }
  }
}

void HealthyHost::set_routes(const std::string& json) {
  const bool has_default = json.find("default") != std::string::npos;
  runner.on({"ip", "-j", "-4", "route", "show"}, {.out = json});
  runner.on({"ip", "-j", "-4", "route", "show", "default"},
            {.out = has_default ? R"([{"dst":"default","gateway":"10.0.0.1","dev":"eth0"}])" : "[]"});
}

}  // namespace bundle::test
