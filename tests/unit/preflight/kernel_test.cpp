#include <doctest/doctest.h>

#include "fake_host.hpp"

namespace bundle::preflight {
namespace {

using test::error;
using test::FakeHost;
using test::warning;

struct KernelHost : FakeHost {
  Check kernel(const std::string& release, const std::string& kubernetes = "v1.34.3") {
    put("/proc/sys/kernel/osrelease", release);
    index.components.at(0).version = kubernetes;
    return only(kernel_checks());
  }
};

TEST_CASE_FIXTURE(KernelHost, "a kernel before 4.18 is an error") {
  CHECK(kernel("3.10.0-1160.el7.x86_64") ==
        error("old-kernel", "the kernel is 3.10.0-1160.el7.x86_64, at least 4.18 is needed",
              "boot a newer kernel: grubby --info=ALL"));
  CHECK(kernel("4.17.19").id == "old-kernel");
  CHECK(kernel("4.18.0").id == "kernel-not-listed");
  CHECK(kernel("").id == "old-kernel");
}

TEST_CASE_FIXTURE(KernelHost, "EL 8's kernel is a warning since Kubernetes 1.34, an error in 1.32 and 1.33") {
  const Check wanting =
      warning("kernel-not-listed",
              "Kubernetes is tested with kernels from 5.4 on, this one is 4.18.0-553.el8_10.x86_64",
              "EL 8 runs; for support use EL 9");
  CHECK(kernel("4.18.0-553.el8_10.x86_64") == wanting);
  CHECK(kernel("4.18.0-553.el8_10.x86_64", "v1.31.9") == wanting);
  CHECK(kernel("4.18.0-553.el8_10.x86_64", "v1.33.2") ==
        error("kernel-not-listed",
              "kubeadm of Kubernetes 1.33 refuses the kernel 4.18.0-553.el8_10.x86_64 (it takes 5.4, 5.10, "
              "5.15 and 6)",
              "use a bundle with Kubernetes 1.34 or later, or boot one of these kernels"));
  CHECK(kernel("4.18.0-553.el8_10.x86_64", "v1.32.0").severity == Severity::error);
}

TEST_CASE_FIXTURE(KernelHost, "what system-validators list is no finding in any version") {
  for (const char* release : {"5.4.17", "5.10.0-1", "5.15.0", "6.1.0", "6.12.0-55.el10.x86_64", "7.0"}) {
    CAPTURE(release);
    CHECK(kernel(release, "v1.33.2").id == "0 findings");
  }
  CHECK(kernel("5.14.0-503.el9.x86_64", "v1.33.2").severity == Severity::error);
  CHECK(kernel("5.14.0-503.el9.x86_64", "v1.34.0").id == "0 findings");
}

struct CgroupV1Host : FakeHost {
  CgroupV1Host() {
    remove("/sys/fs/cgroup/cgroup.controllers");
    put("/proc/cgroups",
        "#subsys_name hierarchy num_cgroups enabled\ncpu 2 1 1\ncpuacct 2 1 1\ncpuset 3 1 1\n"
        "devices 4 1 1\nfreezer 5 1 1\nmemory 6 1 1\npids 7 1 1\n");
  }
};

TEST_CASE_FIXTURE(CgroupV1Host, "cgroup v1 is a warning, from Kubernetes 1.35 on an error") {
  const std::string fix =
      "grubby --update-kernel=ALL --args=systemd.unified_cgroup_hierarchy=1 && systemctl reboot";
  CHECK(only(kernel_checks()) ==
        warning("cgroup-v1",
                "this host has cgroup v1: this Kubernetes still runs on it, 1.35 and later do not", fix));
  index.components.at(0).version = "v1.35.0";
  CHECK(only(kernel_checks()) ==
        error("cgroup-v1", "this host has cgroup v1, and Kubernetes 1.35 wants v2", fix));
}

TEST_CASE_FIXTURE(CgroupV1Host, "a controller of cgroup v1 that is off or absent is an error") {
  put("/proc/cgroups",
      "cpu 2 1 1\ncpuacct 2 1 1\ncpuset 3 1 1\ndevices 4 1 1\nfreezer 5 1 1\nmemory 0 1 0\npids 7 1 1\n");
  REQUIRE(found_by(kernel_checks()).size() == 2);
  CHECK(found_by(kernel_checks()).front() ==
        error("cgroup-controllers", "the kernel lacks cgroup controllers that kubelet needs: memory",
              "take cgroup_disable=… off the kernel's command line (/proc/cmdline, grubby --info=ALL) and "
              "reboot"));
  put("/proc/cgroups", "");
  CHECK(found_by(kernel_checks()).front().seen ==
        "the kernel lacks cgroup controllers that kubelet needs: cpu, cpuacct, cpuset, devices, freezer, "
        "memory, pids");
}

TEST_CASE_FIXTURE(FakeHost, "a controller of cgroup v2 that is off is an error") {
  put("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids");
  CHECK(only(kernel_checks()) ==
        error("cgroup-controllers", "the kernel lacks cgroup controllers that kubelet needs: memory",
              "take cgroup_disable=… off the kernel's command line (/proc/cmdline, grubby --info=ALL) and "
              "reboot"));
  put("/sys/fs/cgroup/cgroup.controllers", "");
  CHECK(only(kernel_checks()).seen ==
        "the kernel lacks cgroup controllers that kubelet needs: cpu, cpuset, memory, pids");
}

TEST_CASE_FIXTURE(FakeHost, "a module that is neither loaded nor to be found is an error") {
  remove("/sys/module/br_netfilter");
  const Check absent =
      error("module-absent", "the kernel 5.14.0-503.el9.x86_64 has no module br_netfilter",
            "dnf install kernel-modules-5.14.0-503.el9.x86_64, or boot the newest installed kernel");
  CHECK(only(kernel_checks()) == absent);
  runner.on({"modprobe", "-n", "br_netfilter"}, {.status = 1});
  CHECK(only(kernel_checks()) == absent);
  runner.on({"modprobe", "-n", "br_netfilter"}, {.status = 0});
  CHECK(found_by(kernel_checks()).empty());
  SUBCASE("all three are looked for") {
    remove("/sys/module/nf_conntrack");
    put("/proc/filesystems", "nodev\tproc\n");
    runner.on({"modprobe", "-n", "br_netfilter"}, {.status = 1});
    const std::vector<Check> found = found_by(kernel_checks());
    REQUIRE(found.size() == 3);
    CHECK(found[0].seen == "the kernel 5.14.0-503.el9.x86_64 has no module overlay");
    CHECK(found[2].seen == "the kernel 5.14.0-503.el9.x86_64 has no module nf_conntrack");
  }
}

TEST_CASE_FIXTURE(FakeHost, "a file that wins over the installer's parameters is an error") {
  put("/etc/sysctl.d/99-zz.conf", "net.ipv4.ip_forward = 0\n");
  CHECK(only(kernel_checks()) ==
        error("sysctl-override",
              "/etc/sysctl.d/99-zz.conf sets net.ipv4.ip_forward to another value than 1, after the "
              "installer's file",
              "take that line out of /etc/sysctl.d/99-zz.conf"));
  SUBCASE("the same value is none") {
    put("/etc/sysctl.d/99-zz.conf", "net.ipv4.ip_forward = 1\n");
    CHECK(found_by(kernel_checks()).empty());
  }
  SUBCASE("nor is an earlier file, or one for something else") {
    remove("/etc/sysctl.d/99-zz.conf");
    put("/usr/lib/sysctl.d/50-default.conf", "net.ipv4.ip_forward = 0\n");
    put("/etc/sysctl.d/99-zzz.conf", "net.ipv4.conf.all.forwarding = 0\n");
    CHECK(found_by(kernel_checks()).empty());
  }
  SUBCASE("/etc/sysctl.conf comes last of all") {
    remove("/etc/sysctl.d/99-zz.conf");
    put("/etc/sysctl.conf", "net.bridge.bridge-nf-call-iptables = 0\n");
    CHECK(only(kernel_checks()).fix == "take that line out of /etc/sysctl.conf");
  }
  SUBCASE("of a limit more is none, and less is one") {
    put("/etc/sysctl.d/99-zz.conf", "fs.inotify.max_user_watches = 1048576\n");
    CHECK(found_by(kernel_checks()).empty());
    put("/etc/sysctl.d/99-zz.conf", "fs.inotify.max_user_watches = 8192\n");
    CHECK(only(kernel_checks()).seen ==
          "/etc/sysctl.d/99-zz.conf sets fs.inotify.max_user_watches to another value than at least 524288, "
          "after the installer's file");
  }
  SUBCASE("IPv6's counts as well") {
    put("/etc/sysctl.d/99-zz.conf", "net.bridge.bridge-nf-call-ip6tables = 0\n");
    CHECK(only(kernel_checks()).id == "sysctl-override");
  }
}

TEST_CASE_FIXTURE(FakeHost, "a strict rp_filter is a warning where there is Calico") {
  put("/proc/sys/net/ipv4/conf/all/rp_filter", "1\n");
  CHECK(found_by(kernel_checks()).empty());
  index.components.push_back({.name = "calico", .network = spec::PodNetwork{.rp_filter = "loose"}});
  CHECK(only(kernel_checks()) ==
        warning("rp-filter",
                "net.ipv4.conf.all.rp_filter is 1 (strict): packets of calico that come back another way "
                "are dropped",
                "sysctl -w net.ipv4.conf.all.rp_filter=2, and the same in /etc/sysctl.d"));
  put("/proc/sys/net/ipv4/conf/all/rp_filter", "2\n");
  CHECK(found_by(kernel_checks()).empty());
}

TEST_CASE_FIXTURE(FakeHost, "swap is a warning that names its devices, and what turns it on") {
  put("/proc/swaps", "Filename Type Size Used Priority\n/dev/dm-1 partition 8 0 -2\n/swapfile file 8 0 -3\n");
  const std::string lone =
      "swap is on (/dev/dm-1, /swapfile); the installation turns it off, but neither /etc/fstab nor a unit "
      "of "
      "systemd says what turned it on: when that happens again at the next boot, the kubelet does not start";
  CHECK(only(kernel_checks()) ==
        warning("swap", lone, "find it and take it out: grep -rls swapon /etc /usr/local /opt"));
  put("/etc/fstab", "/dev/sda1 / xfs defaults 0 0\n/dev/dm-1 none swap defaults 0 0\n");
  runner.on({"systemctl", "list-unit-files"}, {.out = "swap.target      static    -\n"
                                                      "dev-zram0.swap   generated -\n"
                                                      "dev-sdb1.swap    masked    disabled\n"
                                                      "zram0.service    disabled  disabled\n"});
  CHECK(only(kernel_checks()) ==
        warning("swap",
                "swap is on (/dev/dm-1, /swapfile); the installation turns it off, and keeps it off at boot "
                "(/etc/fstab, dev-zram0.swap)",
                "nothing to do; beforehand by hand: swapoff -a"));
}

TEST_CASE_FIXTURE(FakeHost, "SELinux enforces, and nobody has the containers' policy") {
  put("/sys/fs/selinux/enforce", "1");
  CHECK(only(kernel_checks()) ==
        error("no-container-selinux",
              "SELinux enforces, but neither this host nor the bundle has container-selinux: containers "
              "would be denied their own files",
              "add container-selinux to rpms: in versions.yml, or 'selinux: permissive' to the site file"));
  SUBCASE("the site makes it permissive") {
    site.selinux = site::Selinux::permissive;
    CHECK(found_by(kernel_checks()).empty());
  }
  SUBCASE("it is permissive already") {
    put("/sys/fs/selinux/enforce", "0");
    CHECK(found_by(kernel_checks()).empty());
  }
  SUBCASE("the bundle brings it") {
    index.rpms = {{.nevra = "container-selinux-2.229.0-1.el9.noarch"}};
    CHECK(found_by(kernel_checks()).empty());
  }
  SUBCASE("the host has it, in either place") {
    put("/usr/share/selinux/packages/container.pp.bz2", "");
    CHECK(found_by(kernel_checks()).empty());
    remove("/usr/share/selinux/packages/container.pp.bz2");
    put("/usr/share/selinux/packages/targeted/container.pp.bz2", "");
    CHECK(found_by(kernel_checks()).empty());
  }
}

TEST_CASE_FIXTURE(FakeHost, "a disabled SELinux is a warning") {
  put("/etc/selinux/config", "# comment\nSELINUX=disabled\n");
  CHECK(only(kernel_checks()) ==
        warning("selinux-disabled",
                "SELinux is disabled in /etc/selinux/config; NVIDIA's GPU operator wants it at least "
                "permissive",
                "SELINUX=permissive there, touch /.autorelabel and reboot"));
  SUBCASE("in the first line as well") {
    put("/etc/selinux/config", "SELINUX=disabled\nSELINUXTYPE=targeted\n");
    CHECK(only(kernel_checks()).id == "selinux-disabled");
  }
  SUBCASE("not in a comment") {
    put("/etc/selinux/config", "SELINUX=enforcing\n#\n# SELINUX=disabled\n");
    CHECK(found_by(kernel_checks()).empty());
  }
  SUBCASE("nor where it runs all the same") {
    put("/sys/fs/selinux/enforce", "0");
    CHECK(found_by(kernel_checks()).empty());
  }
}

}  // namespace
}  // namespace bundle::preflight
