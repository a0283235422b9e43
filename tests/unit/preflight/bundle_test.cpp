#include <doctest/doctest.h>

#include "fake_host.hpp"
#include "support/test_ca.hpp"

// Whether the bundle and its site file fit this host.
namespace bundle::preflight {
namespace {

using test::error;
using test::FakeHost;
using test::warning;

constexpr const char* kBuildOther = "build a bundle with target.os for this host, or install rocky 9.4";
constexpr const char* kGoOn =
    "go on if the transaction test below finds nothing; else build a bundle with target.os for this host, or "
    "install rocky 9.4";

struct OsHost : FakeHost {
  Check os(const std::string& text) {
    put("/etc/os-release", text);
    return only(bundle_checks());
  }
};

TEST_CASE_FIXTURE(OsHost, "the target's own operating system is no finding") {
  CHECK(os("ID=rocky\nVERSION_ID=9.4\n").id == "0 findings");
  CHECK(os("ID='rocky'\nVERSION_ID='9.4'\n").id == "0 findings");
  SUBCASE("a host that says no minor version is taken for the target's") {
    CHECK(os("ID=rocky\nVERSION_ID=9\n").id == "0 findings");
  }
  SUBCASE("a target without a minor version takes them all") {
    index.target = "rocky-9";
    CHECK(os("ID=rocky\nVERSION_ID=9.6\n").id == "0 findings");
  }
  SUBCASE("CentOS Stream calls itself centos") {
    index.target = "centos-stream-9";
    CHECK(os("ID=centos\nVERSION_ID=9\n").id == "0 findings");
  }
}

TEST_CASE_FIXTURE(OsHost, "another minor version is a warning") {
  CHECK(os("ID=\"rocky\"\nVERSION_ID=\"9.6\"\nPRETTY_NAME=\"Rocky Linux 9.6\"\n") ==
        warning("other-os-minor", "this host runs Rocky Linux 9.6, the bundle was resolved for rocky-9.4",
                kGoOn));
}

TEST_CASE_FIXTURE(OsHost, "a rebuild of the same version is a warning") {
  const auto clone = [](const std::string& name) {
    return warning("other-os-clone", "this host runs " + name + ", the bundle was resolved for rocky-9.4",
                   kGoOn);
  };
  CHECK(os("ID=\"almalinux\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\nPRETTY_NAME=Alma\n") ==
        clone("Alma"));
  CHECK(os("ID=ol\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.4\"\n") == clone("an unknown system"));
  CHECK(os("ID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"9\"\n") == clone("an unknown system"));
  CHECK(os("ID=rhel\nID_LIKE=fedora\nVERSION_ID=\"9.4\"\n") == clone("an unknown system"));
  CHECK(os("ID=own\nID_LIKE=\"fedora rhel\"\nVERSION_ID=9.4\n") == clone("an unknown system"));
  SUBCASE("a rebuild of another minor version is said once") {
    CHECK(os("ID=rhel\nVERSION_ID=9.6\nPRETTY_NAME=RHEL\n") == clone("RHEL"));
  }
}

TEST_CASE_FIXTURE(OsHost, "another major version is an error") {
  CHECK(os("ID=\"rhel\"\nVERSION_ID=\"8.10\"\nPRETTY_NAME=\"RHEL 8.10\"\n") ==
        error("other-os-major",
              "this host runs RHEL 8.10, the bundle is for rocky-9.4: RPMs of another major version do not "
              "fit",
              kBuildOther));
}

TEST_CASE_FIXTURE(OsHost, "a system of another family is an error") {
  CHECK(os("ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n") ==
        error("other-os", "this host runs an unknown system (ID=ubuntu), the bundle is for rocky-9.4",
              kBuildOther));
  CHECK(os("ID=fedora\nVERSION_ID=42\nPRETTY_NAME=\"Fedora 42\"\n") ==
        error("other-os", "this host runs Fedora 42 (ID=fedora), the bundle is for rocky-9.4", kBuildOther));
  remove("/etc/os-release");
  CHECK(only(bundle_checks()) == error("other-os",
                                       "this host runs an unknown system (ID=), the bundle is for rocky-9.4",
                                       kBuildOther));
  SUBCASE("the fix names a target without a minor version as it is") {
    index.target = "rocky-9";
    CHECK(only(bundle_checks()).fix == "build a bundle with target.os for this host, or install rocky 9");
  }
}

TEST_CASE_FIXTURE(FakeHost, "another architecture is an error") {
  runner.on({"uname", "-m"}, {.out = "aarch64\n"});
  CHECK(only(bundle_checks()) == error("other-arch", "this host is aarch64, the bundle is for x86_64",
                                       "use a host of x86_64, or a bundle that was built for aarch64"));
}

TEST_CASE_FIXTURE(FakeHost, "a bundle without Kubernetes is an error, and its images are not asked for") {
  index.components.clear();
  index.images.clear();
  CHECK(only(bundle_checks()) == error("no-kubernetes",
                                       "the bundle test-1.0-x86_64 has no component 'kubernetes'",
                                       "add kubernetes to components: in versions.yml and build again"));
}

TEST_CASE_FIXTURE(FakeHost, "images of kubeadm's list that the bundle lacks are an error") {
  const std::string fix = "build the bundle again; `bundle inspect DIR` lists what it has";
  SUBCASE("one of which kubeadm knows the tag") {
    std::erase_if(index.images,
                  [](const format::Image& image) { return image.ref.find("pause") != std::string::npos; });
    CHECK(only(bundle_checks()) ==
          error("images-lacking",
                "the bundle lacks images that a master of Kubernetes v1.34.3 needs: registry.k8s.io/pause:…",
                fix));
  }
  SUBCASE("there for other roles only, or in another version") {
    index.images.at(1).roles = {"worker"};
    index.images.at(2).ref = "registry.k8s.io/kube-apiserver:v1.34.2";
    CHECK(only(bundle_checks()) == error("images-lacking",
                                         "the bundle lacks images that a master of Kubernetes v1.34.3 needs: "
                                         "registry.k8s.io/kube-apiserver:v1.34.3, registry.k8s.io/etcd:…",
                                         fix));
  }
  SUBCASE("all of a master's, in kubeadm's order") {
    index.images.clear();
    CHECK(only(bundle_checks()).seen ==
          "the bundle lacks images that a master of Kubernetes v1.34.3 needs: registry.k8s.io/pause:…, "
          "registry.k8s.io/kube-proxy:v1.34.3, registry.k8s.io/kube-apiserver:v1.34.3, "
          "registry.k8s.io/kube-controller-manager:v1.34.3, registry.k8s.io/kube-scheduler:v1.34.3, "
          "registry.k8s.io/etcd:…, registry.k8s.io/coredns/coredns:…");
  }
  SUBCASE("an image whose tag only begins with the version is another one") {
    index.images.at(4).ref = "registry.k8s.io/kube-proxy:v1.34.31";
    CHECK(only(bundle_checks()).seen ==
          "the bundle lacks images that a master of Kubernetes v1.34.3 needs: "
          "registry.k8s.io/kube-proxy:v1.34.3");
  }
}

TEST_CASE_FIXTURE(FakeHost, "a worker needs two images") {
  node.roles = {"worker"};
  std::erase_if(index.images,
                [](const format::Image& image) { return image.ref.find("/kube-s") != std::string::npos; });
  CHECK(found_by(bundle_checks()).empty());
  index.images.clear();
  CHECK(only(bundle_checks()).seen ==
        "the bundle lacks images that a worker of Kubernetes v1.34.3 needs: registry.k8s.io/pause:…, "
        "registry.k8s.io/kube-proxy:v1.34.3");
}

TEST_CASE_FIXTURE(FakeHost, "a site file that came with the media, and nobody has signed, is a warning") {
  site.file = "/media/site.yml";
  CHECK(found_by(bundle_checks()).empty());
  site.origin = site::SiteOrigin::signed_by_trusted;
  CHECK(found_by(bundle_checks()).empty());
  site.origin = site::SiteOrigin::on_media;
  CHECK(only(bundle_checks()) ==
        warning("site-unsigned",
                "/media/site.yml lies beside the bundle and is not signed: whoever had the media can have "
                "changed it",
                "read it through; at home: bundle sign site.yml --key KEY"));
  site.origin = site::SiteOrigin::unchecked;
  CHECK(only(bundle_checks()).id == "site-signature-unchecked");
}

TEST_CASE_FIXTURE(FakeHost, "values for a component that is not there, from a file that is not there") {
  site.file = "/media/site.yml";
  site.component_values["metallb"] = "/nonexistent/metallb.yaml";
  const std::vector<Check> found = found_by(bundle_checks());
  REQUIRE(found.size() == 2);
  CHECK(found[0] ==
        error("site-component-unknown",
              "/media/site.yml has values for the component 'metallb', which this bundle does not have",
              "take it out of the site file, or use a bundle that has it"));
  CHECK(found[1] == error("site-values-absent",
                          "/media/site.yml names /nonexistent/metallb.yaml as the values of 'metallb', and "
                          "there is no such file",
                          "copy the file to that place, or take it out of the site file"));
  SUBCASE("a folder is no file") {
    index.components.push_back({.name = "metallb"});
    site.component_values["metallb"] = root.path();
    CHECK(only(bundle_checks()).id == "site-values-absent");
  }
  SUBCASE("both are there") {
    index.components.push_back({.name = "metallb"});
    put("/metallb.yaml", "a: 1\n");
    site.component_values["metallb"] = host.at("/metallb.yaml");
    CHECK(found_by(bundle_checks()).empty());
  }
}

TEST_CASE_FIXTURE(FakeHost, "a mirror of registries, and the certificates that it is known by") {
  site.file = "/media/site.yml";
  site.mirror = {.server = "https://10.0.0.9:8443", .prefix = "", .ca = {}};
  CHECK(found_by(bundle_checks()).empty());  // those that the host trusts
  site.mirror->ca = host.at("/ca.pem");
  const std::string named =
      "/media/site.yml names " + site.mirror->ca.string() + " as the certificates of the registry's mirror";
  CHECK(only(bundle_checks()) == error("site-ca-absent", named + ", and there is no such file",
                                       "copy the file to that place, or take it out of the site file"));
  put("/ca.pem", "-----BEGIN PUBLIC KEY-----\n");
  CHECK(only(bundle_checks()).id == "site-ca-invalid");
  put("/ca.pem", std::string(bundle::test::kCaPem));
  CHECK(found_by(bundle_checks()).empty());
}

}  // namespace
}  // namespace bundle::preflight
