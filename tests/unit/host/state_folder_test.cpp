#include "host/state_folder.hpp"

#include <doctest/doctest.h>

#include "support/healthy_host.hpp"

namespace bundle::host {
namespace {

using test::HealthyHost;

}  // namespace

TEST_CASE("what was unpacked goes; the journal, the logs and kept copies of files stay") {
  HealthyHost fake;
  for (const char* path : {"rpms/x", "charts/x", "manifests/x", "bin/helm", "dnf/x", "site/x", "backup/x",
                           "index/x", "kubectl/x", "patches/x", "home/x", "journal", "log/hosts.log"}) {
    fake.put(std::string("/var/lib/bundle/") + path, "x");
  }
  remove_payload(fake.host);
  CHECK(fake.host.list("/var/lib/bundle") == std::vector<std::string>{"backup", "journal", "log"});
  CHECK(log_path("hosts") == "/var/lib/bundle/log/hosts.log");
  CHECK(payload_path("rpms/a.rpm") == "/var/lib/bundle/rpms/a.rpm");
  CHECK(site_path("a.yaml") == "/var/lib/bundle/site/a.yaml");
  CHECK(backup_path("ab") == "/var/lib/bundle/backup/ab");
}

TEST_CASE("what is not there need not be removed, and the state folder itself stays") {
  HealthyHost fake;
  remove_payload(fake.host);
  CHECK_FALSE(fake.host.exists("/var/lib/bundle"));
  fake.put("/var/lib/bundle/rpms/deep/in/x", "x");
  fake.put("/var/lib/bundle/kubeadm.yaml", "x");
  remove_payload(fake.host);
  CHECK(fake.host.list("/var/lib/bundle") == std::vector<std::string>{"kubeadm.yaml"});
}

TEST_CASE("a link in the payload's place goes, not what it points to") {
  HealthyHost fake;
  fake.put("/srv/media/x", "theirs");
  fake.link("/var/lib/bundle/rpms", "/srv/media");
  std::filesystem::create_directory_symlink(fake.host.at("/srv/media"),
                                            fake.host.at("/var/lib/bundle/charts"));
  remove_payload(fake.host);
  CHECK_FALSE(fake.host.exists("/var/lib/bundle/rpms"));
  CHECK_FALSE(fake.host.exists("/var/lib/bundle/charts"));
  CHECK(fake.host.read("/srv/media/x") == "theirs");
}

TEST_CASE("the fixed places are below the state folder") {
  CHECK(kStateFolder == "/var/lib/bundle");
  CHECK(kJournalPath == "/var/lib/bundle/journal");
  CHECK(kDnfFolder == "/var/lib/bundle/dnf");
  CHECK(kKubectlFolder == "/var/lib/bundle/kubectl");
}

}  // namespace bundle::host
