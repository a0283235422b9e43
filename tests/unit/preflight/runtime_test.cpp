#include <doctest/doctest.h>

#include "base/fs.hpp"
#include "fake_host.hpp"

// Other runtimes, and what is left of other clusters.
namespace bundle::preflight {
namespace {

using test::error;
using test::FakeHost;

/// An RPM database that owns no file.
void give_rpmdb(FakeHost& fake) {
  fake.put("/var/lib/rpm/rpmdb.sqlite", "the database");
  fake.runner.on({"rpm", "--eval", "%{_dbpath}"}, {.out = "/var/lib/rpm\n"});
  fake.runner.on({"rpm", "--dbpath"}, {.status = 1, .out = "not owned by any package\n"});
}

TEST_CASE("each foreign runtime is found by its path, and has a way out") {
  struct Row {
    const char* path;
    const char* what;
    const char* fix;
  };
  for (const Row& row :
       {Row{"/usr/bin/dockerd", "Docker", "dnf remove docker-ce moby-engine; its containers go with it"},
        Row{"/usr/bin/crio", "CRI-O", "dnf remove cri-o"},
        Row{"/run/crio/crio.sock", "CRI-O", "systemctl disable --now crio"},
        Row{"/run/cri-dockerd.sock", "cri-dockerd",
            "systemctl disable --now cri-docker.socket cri-docker.service"},
        Row{"/var/lib/rancher/k3s", "k3s", "k3s-uninstall.sh"},
        Row{"/var/lib/rancher/rke2", "RKE2", "rke2-uninstall.sh"},
        Row{"/var/lib/k0s", "k0s", "k0s stop; k0s reset"},
        Row{"/var/snap/microk8s", "MicroK8s", "snap remove microk8s --purge"}}) {
    FakeHost fake;
    fake.put(row.path, "");
    const Check expected = error("foreign-runtime",
                                 std::string("this host has ") + row.what + " (" + row.path +
                                     "), which stands in the way of the bundle's containerd",
                                 row.fix);
    CHECK(fake.only(runtime_checks()) == expected);
    // No installation of ours brings one.
    fake.resuming = true;
    CHECK(fake.only(runtime_checks()) == expected);
  }
}

TEST_CASE_FIXTURE(FakeHost, "a containerd or runc of others is an error, our own is none") {
  put("/run/containerd/containerd.sock", "");
  CHECK(only(runtime_checks()) ==
        error("foreign-containerd", "a containerd runs here that this bundle did not install",
              "systemctl disable --now containerd; dnf remove containerd.io containerd"));
  remove("/run/containerd/containerd.sock");
  give_rpmdb(*this);
  put("/usr/bin/runc", "");
  CHECK(only(runtime_checks()) ==
        error("foreign-runc",
              "this host has a /usr/bin/runc that no package owns, which the bundle's containerd.io would "
              "overwrite",
              "mv /usr/bin/runc /root/"));
  put("/run/containerd/containerd.sock", "");
  resuming = true;
  CHECK(found_by(runtime_checks()).empty());
}

TEST_CASE_FIXTURE(FakeHost, "packages of the host that run containers are dnf's matter") {
  give_rpmdb(*this);
  put("/usr/bin/podman", "");
  put("/usr/bin/crun", "");
  CHECK(found_by(runtime_checks()).empty());
  put("/usr/bin/runc", "");
  runner.on({"rpm", "--dbpath"}, [](const Command& command) {
    CHECK(command.argv.at(2) != "/var/lib/rpm");  // even a query would write beside it
    return CommandResult{.status = command.argv.back() == "/usr/bin/runc" ? 0 : 1};
  });
  CHECK(found_by(runtime_checks()).empty());
}

TEST_CASE_FIXTURE(FakeHost, "what an older cluster left is an error that names all of it") {
  for (const char* path : {"/etc/kubernetes/admin.conf", "/etc/kubernetes/kubelet.conf",
                           "/etc/kubernetes/bootstrap-kubelet.conf", "/etc/kubernetes/pki/ca.crt",
                           "/etc/kubernetes/manifests/etcd.yaml", "/var/lib/etcd/member/x"}) {
    put(path, "");
  }
  CHECK(only(runtime_checks()) ==
        error("old-cluster",
              "this host has been a node before, not by this bundle: there is /etc/kubernetes/admin.conf, "
              "/etc/kubernetes/kubelet.conf, /etc/kubernetes/bootstrap-kubelet.conf, /etc/kubernetes/pki, "
              "/etc/kubernetes/manifests, /var/lib/etcd",
              "if that cluster may go: kubeadm reset -f && rm -rf /etc/kubernetes /var/lib/etcd"));
  resuming = true;
  CHECK(found_by(runtime_checks()).empty());
}

TEST_CASE_FIXTURE(FakeHost, "the configuration of another network plugin is an error") {
  put("/etc/cni/net.d/10-x.conflist", "");
  put("/etc/cni/net.d/20-y.conf", "");
  put("/etc/cni/net.d/30-z.json", "");
  put("/etc/cni/net.d/calico-kubeconfig", "");
  CHECK(only(runtime_checks()) ==
        error("foreign-cni",
              "pods would get the network of another program: /etc/cni/net.d/10-x.conflist, "
              "/etc/cni/net.d/20-y.conf, /etc/cni/net.d/30-z.json",
              "mv /etc/cni/net.d/10-x.conflist /etc/cni/net.d/20-y.conf /etc/cni/net.d/30-z.json /root/"));
  SUBCASE("ours") {
    resuming = true;
    CHECK(found_by(runtime_checks()).empty());
  }
  SUBCASE("what containerd does not read is none") {
    remove("/etc/cni/net.d/10-x.conflist");
    remove("/etc/cni/net.d/20-y.conf");
    remove("/etc/cni/net.d/30-z.json");
    CHECK(found_by(runtime_checks()).empty());
  }
}

TEST_CASE_FIXTURE(FakeHost, "a containerd, a runc, a cluster and a plugin are found in this order") {
  give_rpmdb(*this);
  put("/run/containerd/containerd.sock", "");
  put("/usr/bin/runc", "");
  put("/etc/kubernetes/admin.conf", "");
  put("/var/lib/etcd/member/x", "");
  put("/etc/cni/net.d/10-x.conflist", "");
  const std::vector<Check> found = found_by(runtime_checks());
  REQUIRE(found.size() == 4);
  CHECK(found[0].id == "foreign-containerd");
  CHECK(found[1].id == "foreign-runc");
  CHECK(found[2].id == "old-cluster");
  CHECK(found[3].id == "foreign-cni");
}

TEST_CASE_FIXTURE(FakeHost, "folders that packages bring empty are nobody's cluster") {
  for (const char* folder :
       {"/etc/kubernetes/manifests", "/etc/kubernetes/pki", "/var/lib/etcd", "/etc/cni/net.d"}) {
    make_folders(host.at(folder));
  }
  CHECK(found_by(runtime_checks()).empty());
}

}  // namespace
}  // namespace bundle::preflight
