#include "deliver/packages.hpp"
#include "format/index.hpp"

#include <doctest/doctest.h>

namespace bundle::deliver {
namespace {

using Names = std::vector<std::string>;

format::Index index_with(std::vector<format::Rpm> rpms) { return {.rpms = std::move(rpms)}; }

const format::Index kIndex =
    index_with({{.nevra = "chrony-4.5-1.el9.x86_64", .why = {"components.kubernetes > chrony"}},
                {.nevra = "kubelet-1.34.3-150500.1.1.x86_64",
                 .roles = {"gpu", "master", "worker"},
                 .why = {"components.kubernetes > kubelet-1.34.3*"}},
                {.nevra = "libseccomp-2.5.2-2.el9.x86_64",
                 .why = {"components.containerd > containerd.io-1.7.28* > libseccomp.so.2()(64bit) of "
                         "containerd.io-1.7.28-1.el9.x86_64"}},
                {.nevra = "nvidia-container-toolkit-1.18.1-1.x86_64",
                 .roles = {"gpu"},
                 .why = {"rpms > nvidia-container-toolkit"}},
                {.nevra = "tpm2-tss-3.0-1.el9.x86_64", .why = {"rpms > goes with the rest"}},
                {.nevra = "vim-enhanced-2:8.2-1.el9.x86_64", .why = {"rpms > /usr/bin/vim"}}});

TEST_CASE("dnf is asked for the roots of a role's closures, with their builds") {
  CHECK(packages_to_request(kIndex, {"master"}) == Names{"chrony-4.5-1.el9.x86_64",
                                                         "kubelet-1.34.3-150500.1.1.x86_64",
                                                         "vim-enhanced-2:8.2-1.el9.x86_64"});
  CHECK(packages_to_request(kIndex, {"gpu"}).size() == 4);
}

TEST_CASE("a version in the request is met by `name >= 1` too") {
  const format::Index index = index_with({{.nevra = "a-2-1.noarch", .why = {"rpms > a >= 1"}}});
  CHECK(packages_to_request(index, {"master"}) == Names{"a-2-1.noarch"});
}

TEST_CASE("what the host has is not asked for, unless the bundle wants a certain build") {
  const Names installed = {"chrony-4.1-1.el9.x86_64", "kubelet-1.33.0-150500.1.1.x86_64"};
  CHECK(packages_lacking(kIndex, {"master"}, installed) ==
        Names{"kubelet-1.34.3-150500.1.1.x86_64", "vim-enhanced-2:8.2-1.el9.x86_64"});
  CHECK(packages_lacking(kIndex, {"master"}, packages_to_request(kIndex, {"master"})).empty());
}

}  // namespace
}  // namespace bundle::deliver
