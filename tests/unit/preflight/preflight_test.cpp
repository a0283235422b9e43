#include "preflight/preflight.hpp"
#include "host/host.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "fake_host.hpp"

// Each finding of preflight that lies in files and answers of programs, triggered once.
namespace bundle::preflight {
namespace {

using std::literals::operator""sv;
using test::FakeHost;

bool says(const Check& check, std::string_view words) {
  return check.seen.find(words) != std::string::npos || check.fix.find(words) != std::string::npos;
}

void is_error(const Check& check, std::string_view id, std::string_view words) {
  CHECK(check.id == id);
  CHECK(check.severity == Severity::error);
  CHECK_MESSAGE(says(check, words), check.seen, " / ", check.fix);
  CHECK_FALSE(check.fix.empty());
}

void is_warning(const Check& check, std::string_view id, std::string_view words) {
  CHECK(check.id == id);
  CHECK(check.severity == Severity::warning);
  CHECK_MESSAGE(says(check, words), check.seen, " / ", check.fix);
  CHECK_FALSE(check.fix.empty());
}

TEST_CASE("a healthy host has no finding") {
  FakeHost fake;
  for (const auto& group :
       {bundle_checks, time_checks, machine_checks, kernel_checks, network_checks, listener_checks,
        runtime_checks, gpu_checks, disk_checks, package_checks, values_checks}) {
    CHECK(fake.found_by(group()).empty());
  }
}

TEST_CASE("the operating system is compared with the bundle's target") {
  FakeHost fake;
  const auto os = [&](const std::string& text) {
    fake.put("/etc/os-release", text);
    return fake.only(bundle_checks());
  };
  SUBCASE("the same, quoted or not") {
    CHECK(os("ID=rocky\nVERSION_ID=9.4\n").id == "0 findings");
    CHECK(os("ID='rocky'\nVERSION_ID='9.4'\n").id == "0 findings");
  }
  SUBCASE("another minor version") {
    is_warning(os("ID=\"rocky\"\nVERSION_ID=\"9.6\"\nPRETTY_NAME=\"Rocky Linux 9.6\"\n"), "other-os-minor",
               "Rocky Linux 9.6");
  }
  SUBCASE("a rebuild of the same version") {
    is_warning(os("ID=\"almalinux\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\nPRETTY_NAME=Alma\n"),
               "other-os-clone", "Alma");
    is_warning(os("ID=ol\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.4\"\n"), "other-os-clone", "rocky-9.4");
    is_warning(os("ID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"9\"\n"), "other-os-clone",
               "rocky-9.4");
    is_warning(os("ID=rhel\nID_LIKE=fedora\nVERSION_ID=\"9.4\"\n"), "other-os-clone", "rocky-9.4");
  }
  SUBCASE("another major version") {
    is_error(os("ID=\"rhel\"\nVERSION_ID=\"8.10\"\nPRETTY_NAME=\"RHEL 8.10\"\n"), "other-os-major",
             "RHEL 8.10");
  }
  SUBCASE("another family") {
    is_error(os("ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n"), "other-os", "ID=ubuntu");
    is_error(os("ID=fedora\nVERSION_ID=42\n"), "other-os", "ID=fedora");
    fake.remove("/etc/os-release");
    is_error(fake.only(bundle_checks()), "other-os", "unknown system");
  }
  SUBCASE("a target without a minor version takes them all") {
    fake.index.target = "rocky-9";
    CHECK(os("ID=rocky\nVERSION_ID=9.6\n").id == "0 findings");
    fake.index.target = "centos-stream-9";
    CHECK(os("ID=centos\nVERSION_ID=9\n").id == "0 findings");
  }
}

TEST_CASE("what the bundle itself lacks is said before anything is changed") {
  FakeHost fake;
  SUBCASE("another architecture") {
    fake.runner.on({"uname", "-m"}, {.out = "aarch64\n"});
    is_error(fake.only(bundle_checks()), "other-arch", "aarch64");
  }
  SUBCASE("no Kubernetes") {
    fake.index.components.clear();
    is_error(fake.only(bundle_checks()), "no-kubernetes", "test-1.0-x86_64");
  }
  SUBCASE("an image of kubeadm's list") {
    std::erase_if(fake.index.images,
                  [](const format::Image& image) { return image.ref.find("pause") != std::string::npos; });
    is_error(fake.only(bundle_checks()), "images-lacking", "registry.k8s.io/pause:");
  }
  SUBCASE("the image is there for other roles only, or in another version") {
    fake.index.images.at(1).roles = {"worker"};
    fake.index.images.at(2).ref = "registry.k8s.io/kube-apiserver:v1.34.2";
    is_error(fake.only(bundle_checks()), "images-lacking",
             "registry.k8s.io/kube-apiserver:v1.34.3, registry.k8s.io/etcd:");
  }
  SUBCASE("a worker needs two images") {
    fake.node.roles = {"worker"};
    std::erase_if(fake.index.images,
                  [](const format::Image& image) { return image.ref.find("/kube-s") != std::string::npos; });
    CHECK(fake.found_by(bundle_checks()).empty());
  }
  SUBCASE("values for a component that is not there, from a file that is not there") {
    fake.site.component_values["metallb"] = "/nonexistent/metallb.yaml";
    const std::vector<Check> found = fake.found_by(bundle_checks());
    REQUIRE(found.size() == 2);
    is_error(found[0], "site-component-unknown", "'metallb'");
    is_error(found[1], "site-values-absent", "/nonexistent/metallb.yaml");
  }
}

TEST_CASE("the clock") {
  FakeHost fake;
  SUBCASE("before the bundle was made") {
    fake.now = 0;
    is_error(fake.only(time_checks()), "clock-before-bundle", "1970-01-01T00:00:00Z");
  }
  SUBCASE("many years later") {
    fake.now = *parse_utc("2036-01-01T00:00:00Z");
    is_warning(fake.only(time_checks()), "clock-far-ahead", "2036");
  }
  SUBCASE("the hardware clock is another") {
    fake.put("/sys/class/rtc/rtc0/since_epoch", std::to_string(fake.now - 600));
    is_warning(fake.only(time_checks()), "hardware-clock", "hwclock --systohc");
    fake.put("/etc/adjtime", "0.0 0 0.0\n0\nLOCAL\n");
    CHECK(fake.found_by(time_checks()).empty());
  }
  SUBCASE("nothing keeps it") {
    fake.put("/proc/100/comm", "sshd\n");
    is_warning(fake.only(time_checks()), "no-time-service", "chronyd");
  }
  SUBCASE("chronyd follows nobody") {
    fake.runner.on({"chronyc"}, {.out = "Leap status     : Not synchronised\n"});
    is_warning(fake.only(time_checks()), "time-not-synchronised", "chrony.conf");
  }
}

TEST_CASE("the machine") {
  FakeHost fake;
  SUBCASE("not root") {
    fake.put("/proc/self/status", "Uid:\t1000\t1000\t1000\t1000\n");
    is_error(fake.only(machine_checks()), "not-root", "user 1000");
  }
  SUBCASE("a program is missing") {
    fake.remove("/usr/sbin/dnf");
    is_error(fake.only(machine_checks()), "program-absent", "'dnf'");
  }
  SUBCASE("iptables is missing, unless the bundle brings it") {
    fake.remove("/usr/sbin/iptables");
    is_error(fake.only(machine_checks()), "program-absent", "'iptables'");
    fake.index.rpms = {{.nevra = "iptables-nft-1.8.10-4.el9.x86_64"}};
    CHECK(fake.found_by(machine_checks()).empty());
  }
  SUBCASE("no systemd") {
    fake.remove("/run/systemd");
    is_error(fake.only(machine_checks()), "no-systemd", "systemd");
  }
  SUBCASE("one processor, without SSE 4.2") {
    fake.put("/proc/cpuinfo", "processor : 0\nflags : sse4_1 ssse3 popcnt cx16 lahf_lm\n");
    const std::vector<Check> found = fake.found_by(machine_checks());
    REQUIRE(found.size() == 2);
    is_error(found[0], "few-cpus", "1 CPU");
    is_error(found[1], "old-cpu", "lacks sse4_2");
    fake.node.roles = {"worker"};
    CHECK(fake.only(machine_checks()).id == "old-cpu");
  }
  SUBCASE("little memory") {
    fake.put("/proc/meminfo", "MemTotal: 1740799 kB\n");
    is_error(fake.only(machine_checks()), "little-memory", "1.7 GiB");
    fake.put("/proc/meminfo", "MemTotal: 1740800 kB\n");
    is_warning(fake.only(machine_checks()), "little-memory", "3.9 GiB");
  }
}

TEST_CASE("the kernel") {
  FakeHost fake;
  SUBCASE("too old for anything") {
    fake.put("/proc/sys/kernel/osrelease", "3.10.0-1160.el7.x86_64");
    is_error(fake.only(kernel_checks()), "old-kernel", "3.10.0-1160");
  }
  SUBCASE("EL 8's is a warning since Kubernetes 1.34, an error before") {
    fake.put("/proc/sys/kernel/osrelease", "4.18.0-553.el8_10.x86_64");
    is_warning(fake.only(kernel_checks()), "kernel-not-listed", "4.18.0-553");
    fake.index.components.at(0).version = "v1.33.2";
    is_error(fake.only(kernel_checks()), "kernel-not-listed", "1.33");
  }
  SUBCASE("cgroup v1") {
    fake.remove("/sys/fs/cgroup/cgroup.controllers");
    fake.put("/proc/cgroups",
             "#subsys_name hierarchy num_cgroups enabled\ncpu 2 1 1\ncpuacct 2 1 1\ncpuset 3 1 1\n"
             "devices 4 1 1\nfreezer 5 1 1\nmemory 6 1 1\npids 7 1 1\n");
    is_warning(fake.only(kernel_checks()), "cgroup-v1", "unified_cgroup_hierarchy=1");
    fake.index.components.at(0).version = "v1.35.0";
    is_error(fake.only(kernel_checks()), "cgroup-v1", "1.35");
    fake.put("/proc/cgroups", "");
    CHECK(fake.found_by(kernel_checks()).front().id == "cgroup-controllers");
  }
  SUBCASE("a controller is off") {
    fake.put("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids");
    is_error(fake.only(kernel_checks()), "cgroup-controllers", "memory");
  }
  SUBCASE("a module is neither loaded nor to be found") {
    fake.remove("/sys/module/br_netfilter");
    is_error(fake.only(kernel_checks()), "module-absent", "kernel-modules-5.14.0-503.el9.x86_64");
    fake.runner.on({"modprobe", "-n", "br_netfilter"}, {.status = 0});
    CHECK(fake.found_by(kernel_checks()).empty());
  }
  SUBCASE("a later file overrides a parameter") {
    fake.put("/etc/sysctl.d/99-zz.conf", "net.ipv4.ip_forward = 0\n");
    is_error(fake.only(kernel_checks()), "sysctl-override", "/etc/sysctl.d/99-zz.conf");
  }
  SUBCASE("an earlier file does not") {
    fake.put("/usr/lib/sysctl.d/50-default.conf", "net.ipv4.ip_forward = 0\n");
    CHECK(fake.found_by(kernel_checks()).empty());
  }
  SUBCASE("rp_filter is strict, and there is Calico") {
    fake.put("/proc/sys/net/ipv4/conf/all/rp_filter", "1\n");
    CHECK(fake.found_by(kernel_checks()).empty());
    fake.index.components.push_back({.name = "calico", .network = spec::PodNetwork{.rp_filter = "loose"}});
    is_warning(fake.only(kernel_checks()), "rp-filter", "rp_filter=2");
  }
  SUBCASE("swap") {
    fake.put("/proc/swaps", "Filename Type Size Used Priority\n/dev/dm-1 partition 8 0 -2\n");
    is_warning(fake.only(kernel_checks()), "swap", "/dev/dm-1");
  }
  SUBCASE("SELinux enforces, and nobody has the containers' policy") {
    fake.put("/sys/fs/selinux/enforce", "1");
    is_error(fake.only(kernel_checks()), "no-container-selinux", "container-selinux");
    fake.site.selinux = spec::Selinux::permissive;
    CHECK(fake.found_by(kernel_checks()).empty());
    fake.site.selinux = spec::Selinux::keep;
    fake.index.rpms = {{.nevra = "container-selinux-2.229.0-1.el9.noarch"}};
    CHECK(fake.found_by(kernel_checks()).empty());
  }
  SUBCASE("SELinux is disabled") {
    fake.put("/etc/selinux/config", "# comment\nSELINUX=disabled\n");
    is_warning(fake.only(kernel_checks()), "selinux-disabled", "autorelabel");
  }
}

TEST_CASE("the host's name and network") {
  FakeHost fake;
  SUBCASE("no name for a node") {
    for (const char* name : {"node_1", "-node", "localhost.localdomain", "localhost"}) {
      fake.node.name = name;
      is_error(fake.only(network_checks()), "hostname", "hostnamectl set-hostname");
    }
  }
  SUBCASE("/etc/hosts has another address") {
    fake.put("/etc/hosts", "127.0.1.1 node1.example node1\n::1 node1\n");
    is_warning(fake.only(network_checks()), "hosts-file", "127.0.1.1");
  }
  SUBCASE("no default route, and one to the services in its place") {
    fake.set_routes(R"([{"dst":"10.0.0.0/24","dev":"eth0"}])");
    is_error(fake.only(network_checks()), "no-default-route", "10.96.0.0/12");
    fake.set_routes(R"([{"dst":"10.0.0.0/24","dev":"eth0"},{"dst":"10.96.0.0/12","dev":"eth0"}])");
    CHECK(fake.found_by(network_checks()).empty());
  }
  SUBCASE("no name server") {
    fake.put("/etc/resolv.conf", "# nameserver 10.0.0.2\n");
    is_warning(fake.only(network_checks()), "no-nameserver", "CoreDNS");
    fake.remove("/etc/resolv.conf");
    CHECK(fake.only(network_checks()).id == "no-nameserver");
  }
  SUBCASE("a loopback name server, but not systemd-resolved's") {
    fake.put("/etc/resolv.conf", "nameserver 127.0.0.53\nnameserver ::1\n");
    is_warning(fake.only(network_checks()), "loopback-nameserver", "127.0.0.53");
    fake.put("/run/systemd/resolve/resolv.conf", "nameserver 10.0.0.2\n");
    CHECK(fake.found_by(network_checks()).empty());
  }
  SUBCASE("the cluster's networks overlap with routes") {
    fake.set_routes(
        R"([{"dst":"default","dev":"eth0"},{"dst":"10.244.7.0/24","dev":"eth1"},{"dst":"10.100.0.9","dev":"tun0"}])");
    const std::vector<Check> found = fake.found_by(network_checks());
    REQUIRE(found.size() == 2);
    is_error(found[0], "pod-subnet-overlap", "10.244.7.0/24 of this host (eth1)");
    is_error(found[1], "service-subnet-overlap", "10.100.0.9/32 of this host (tun0)");
    CHECK(says(found[1], "serviceSubnet: 10.97.0.0/16") == false);
    CHECK(says(found[1], "cluster: {serviceSubnet: 10.96.0.0/16}"));
  }
  SUBCASE("a proxy without exceptions") {
    fake.put("/proc/self/environ",
             "PATH=/bin\0HTTPS_PROXY=http://proxy:3128\0no_proxy=10.0.0.5,10.244.0.0/16\0"sv);
    is_warning(fake.only(network_checks()), "proxy", "no_proxy lacks 10.96.0.0/12");
    fake.put("/proc/self/environ", "");
    fake.put("/etc/environment", "http_proxy=\"http://proxy:3128\"\nno_proxy=*\n");
    CHECK(fake.found_by(network_checks()).empty());
  }
  SUBCASE("nm-cloud-setup") {
    fake.link("/etc/systemd/system/timers.target.wants/nm-cloud-setup.timer",
              "/usr/lib/systemd/system/nm-cloud-setup.timer");
    is_error(fake.only(network_checks()), "nm-cloud-setup", "systemctl disable --now");
  }
}

TEST_CASE("ports and addresses") {
  FakeHost fake;
  const std::string tcp =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 00000000:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0\n"
      "   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0\n";
  SUBCASE("a port is taken") {
    fake.put("/proc/net/tcp6", tcp);
    fake.put("/proc/812/comm", "nginx\n");
    fake.link("/proc/812/fd/6", "socket:[4711]");
    is_error(fake.only(listener_checks()), "port-in-use",
             "port 6443/tcp, which kube-apiserver needs, is taken by nginx (pid 812)");
    fake.resuming = true;
    CHECK(fake.found_by(listener_checks()).empty());
    fake.resuming = false;
    fake.node.roles = {"worker"};
    CHECK(fake.found_by(listener_checks()).empty());
  }
  SUBCASE("a datagram port is taken, by nobody that can be seen") {
    fake.index.components.push_back(
        {.name = "calico", .ports = {.nodes = {*spec::parse_port_range("4789/udp")}}});
    fake.put("/proc/net/udp",
             "  sl ...\n   0: 00000000:12B5 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 99 2 "
             "0 0\n");
    is_error(fake.only(listener_checks()), "port-in-use", "4789/udp");
  }
  SUBCASE("firewalld runs and is to be left") {
    fake.put("/proc/55/comm", "firewalld\n");
    CHECK(fake.found_by(listener_checks()).empty());
    fake.site.firewall = spec::Firewall::leave;
    is_warning(fake.only(listener_checks()), "firewall", "6443/tcp");
  }
  fake.runner.on({"arping"}, {.status = 0});
  SUBCASE("the virtual address is outside the network") {
    fake.site.vip = {.address = "10.0.1.1", .prefix = 24};
    is_error(fake.only(listener_checks()), "vip-outside", "10.0.0.5/24 of eth0");
  }
  SUBCASE("the virtual address is the gateway's, a node's, somebody's") {
    fake.site.vip = {.address = "10.0.0.1", .prefix = 24};
    is_error(fake.only(listener_checks()), "vip-is-gateway", "10.0.0.1");
    fake.site.vip = {.address = "10.0.0.6", .prefix = 24};
    CHECK(fake.found_by(listener_checks()).empty());
    fake.runner.on({"arping"}, {.status = 1});
    is_error(fake.only(listener_checks()), "vip-in-use", "arping -I eth0 10.0.0.6");
    fake.site.nodes = {{.name = "node2", .address = "10.0.0.6", .roles = {"master"}}};
    is_error(fake.only(listener_checks()), "vip-is-node", "node2");
  }
}

TEST_CASE("other runtimes and what is left of other clusters") {
  FakeHost fake;
  SUBCASE("Docker, podman, CRI-O, k3s") {
    for (const char* path : {"/usr/bin/dockerd", "/usr/bin/podman", "/run/crio/crio.sock",
                             "/var/lib/rancher/k3s/x", "/run/cri-dockerd.sock"}) {
      FakeHost one;
      one.put(path, "");
      is_error(one.only(runtime_checks()), "foreign-runtime",
               path == std::string("/var/lib/rancher/k3s/x") ? "k3s" : path);
    }
  }
  SUBCASE("a containerd, a runc, a cluster, a network plugin: no finding when they are ours") {
    fake.put("/run/containerd/containerd.sock", "");
    is_error(fake.only(runtime_checks()), "foreign-containerd", "did not install");
    fake.put("/usr/bin/runc", "");
    fake.put("/etc/kubernetes/admin.conf", "");
    fake.put("/var/lib/etcd/member/x", "");
    fake.put("/etc/cni/net.d/10-x.conflist", "");
    const std::vector<Check> found = fake.found_by(runtime_checks());
    REQUIRE(found.size() == 4);
    is_error(found[1], "foreign-runc", "dnf remove runc");
    is_error(found[2], "old-cluster", "/etc/kubernetes/admin.conf, /var/lib/etcd");
    is_error(found[3], "foreign-cni", "/etc/cni/net.d/10-x.conflist");
    fake.resuming = true;
    CHECK(fake.found_by(runtime_checks()).empty());
  }
  SUBCASE("folders that packages bring empty") {
    make_folders(fake.host.at("/etc/kubernetes/manifests"));
    make_folders(fake.host.at("/etc/cni/net.d"));
    CHECK(fake.found_by(runtime_checks()).empty());
  }
}

TEST_CASE("GPUs") {
  FakeHost fake;
  fake.node.roles = {"gpu", "master"};
  is_error(fake.only(gpu_checks()), "no-gpu", "no NVIDIA GPU");
  fake.put("/sys/bus/pci/devices/0000:3b:00.0/vendor", "0x10de\n");
  fake.put("/sys/bus/pci/devices/0000:3b:00.0/class", "0x030200\n");
  is_error(fake.only(gpu_checks()), "no-gpu-driver", "nvidia-smi");
  fake.put("/proc/driver/nvidia/version", "NVRM version: 580.105.08\n");
  CHECK(fake.found_by(gpu_checks()).empty());
  fake.put("/sys/module/nouveau/x", "");
  is_error(fake.only(gpu_checks()), "nouveau", "blacklist nouveau");
}

TEST_CASE("the file system of containerd's folder") {
  FakeHost fake;
  fake.site.containerd_root = "/data/containerd";
  fake.put("/proc/self/mounts", "/dev/sda1 / ext4 rw 0 0\n/dev/sdb1 /data xfs rw,noexec 0 0\n");
  fake.runner.on({"xfs_info", "/data"}, {.out = "naming   =version 2    bsize=4096   ascii-ci=0, ftype=0\n"});
  const std::vector<Check> found = fake.found_by(disk_checks());
  REQUIRE(found.size() == 2);
  is_error(found[0], "mount-option", "/data, which is mounted noexec");
  is_error(found[1], "xfs-ftype", "ftype=1");
}

TEST_CASE("a check that cannot look is a warning, and the others go on") {
  FakeHost fake;
  bundle::test::FakeRunner empty;
  host::Host blind{.root = fake.root.path(),
                   .runner = empty,
                   .log = fake.log,
                   .progress = fake.progress,
                   .now = fake.host.now};
  Inspection inspection{
      .host = blind, .index = fake.index, .parts = nullptr, .site = fake.site, .node = fake.node};
  run_checks(inspection, network_checks());
  REQUIRE(inspection.found.size() == 2);
  is_warning(inspection.found[0], "unchecked", "the default route could not be checked");
}

TEST_CASE("findings are printed with errors first, and counted") {
  const std::vector<Check> checks = {{"swap", Severity::warning, "swap is on", "swapoff -a"},
                                     {"few-cpus", Severity::error, "1 CPU", "another\x1b[2J CPU"}};
  CHECK(preflight_text(checks) ==
        "error    few-cpus: 1 CPU\n    fix: another\\x1b[2J CPU\nwarning  swap: swap is on\n    fix: swapoff "
        "-a\n"
        "preflight: 1 error, 1 warning\n");
  CHECK(preflight_text({}) == "preflight: this host is ready\n");
  CHECK(preflight_text({checks[0]}).ends_with("preflight: 0 errors, 1 warning: this host is ready\n"));
  CHECK(has_error(checks));
  const json::Value parsed = json::parse(preflight_json(checks), "findings");
  CHECK(*parsed.if_array()->at(1).find("severity")->if_string() == "error");
}

}  // namespace
}  // namespace bundle::preflight
