#include "deliver/dnf.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"

namespace bundle::deliver {
namespace {

format::Entry entry(const std::string& path) {
  return {.path = RelPath(path), .size_bytes = 1, .at = {{.part = 0, .offset = 512, .size_bytes = 1}}};
}

format::Rpm rpm(const std::string& path, const std::string& repository) {
  return {.nevra = "x-1-1.x86_64", .path = path, .repository = repository};
}

}  // namespace

TEST_CASE("dnf's configuration is the bundle's own, whatever the host's says") {
  CHECK(dnf_configuration({.dnf = "/d", .payload = "/p"}) ==
        "# The whole configuration of dnf for the packages of a bundle, in preflight's trial and in the\n"
        "# installation: what /etc/dnf/dnf.conf says, its excludes included, plays no part.\n"
        "[main]\nreposdir=/d\ncachedir=/d/cache\nmetadata_expire=0\ngpgcheck=1\nplugins=0\nbest=1\n"
        "install_weak_deps=0\ninstallonly_limit=0\n");
}

TEST_CASE("dnf's command line names that configuration, and answers what nobody is there to answer") {
  CHECK(join(dnf_command({}, "install", {"a", "b"}), " ") ==
        "dnf -c /var/lib/bundle/dnf/dnf.conf -y --noplugins --disableexcludes=all install a b");
  CHECK(join(dnf_command({.dnf = "/d"}, "reinstall", {"a"}, {"--more"}), " ") ==
        "dnf -c /d/dnf.conf -y --noplugins --disableexcludes=all --more reinstall a");
}

TEST_CASE("dnf gets the two repositories of the bundle, signatures checked where there are any") {
  format::Index index;
  index.rpms = {rpm("rpms/signed/r/x.rpm", "r")};
  index.entries = {entry("rpms/keys/r-AAAABBBBCCCCDDDD.asc"), entry("rpms/signed/repodata/repomd.xml")};
  CHECK(dnf_repositories(index, {}) ==
        "[bundle-signed]\nname=packages with their vendor's signature\n"
        "baseurl=file:///var/lib/bundle/rpms/signed\nenabled=1\ngpgcheck=1\n"
        "gpgkey=file:///var/lib/bundle/rpms/keys/r-AAAABBBBCCCCDDDD.asc\nrepo_gpgcheck=0\n"
        "module_hotfixes=1\nskip_if_unavailable=0\n");
  index.entries = {entry("rpms/by-index/repodata/repomd.xml")};
  CHECK(dnf_repositories(index, {.dnf = "/d", .payload = "/p"}) ==
        "[bundle-by-index]\nname=packages that the bundle's signed index vouches for\n"
        "baseurl=file:///p/rpms/by-index\nenabled=1\ngpgcheck=0\nrepo_gpgcheck=0\nmodule_hotfixes=1\n"
        "skip_if_unavailable=0\n");
}

TEST_CASE("a key with which no package is checked is not for dnf, which would import it all the same") {
  format::Index index;
  index.rpms = {rpm("rpms/signed/r/x.rpm", "r-1"), rpm("rpms/by-index/n/y.rpm", "nvidia")};
  index.entries = {entry("rpms/keys/r-1-AAAA.asc"), entry("rpms/keys/nvidia-BBBB.asc"),
                   entry("rpms/keys/r-1-CCCC.asc"), entry("rpms/signed/repodata/repomd.xml")};
  CHECK(key_paths(index).size() == 3);
  const std::string text = dnf_repositories(index, {});
  CHECK(text.find("gpgkey=file:///var/lib/bundle/rpms/keys/r-1-AAAA.asc\n  "
                  "file:///var/lib/bundle/rpms/keys/r-1-CCCC.asc\nrepo_gpgcheck=0") != std::string::npos);
  CHECK(text.find("nvidia-BBBB") == std::string::npos);
}

}  // namespace bundle::deliver
