#include "preflight/cuda.hpp"

#include <doctest/doctest.h>

#include "media_host.hpp"

namespace bundle::preflight {
namespace {

using test::warning;

std::string need(const std::vector<std::string>& environment, std::string_view driver) {
  const std::optional<CudaNeed> missing = missing_for_cuda(environment, driver);
  return missing ? missing->cuda + " wants " + std::to_string(missing->driver_major) : "";
}

TEST_CASE("an image of a newer CUDA than the driver's is told") {
  CHECK(need({"PATH=/bin", "CUDA_VERSION=13.0.1"}, "570.86.15") == "13.0.1 wants 580");
  CHECK(need({"CUDA_VERSION=13.0.1"}, "580.65.06") == "");
  CHECK(need({"CUDA_VERSION=12.9.1"}, "525.60.13") == "");
  CHECK(need({"CUDA_VERSION=12.0.0"}, "470.256.02") == "12.0.0 wants 525");
  CHECK(need({"CUDA_VERSION=11.8.0"}, "418.226.00") == "11.8.0 wants 450");
}

TEST_CASE("one of the alternatives of an image's own constraint is enough") {
  // In the form that the images of nvidia/cuda have.
  const std::vector<std::string> environment{
      "CUDA_VERSION=12.4.1",
      "NVIDIA_REQUIRE_CUDA=cuda>=12.4 brand=tesla,driver>=470,driver<471 "
      "brand=unknown,driver>=525,driver<526"};
  CHECK(need(environment, "550.54.15") == "");
  CHECK(need(environment, "470.256.02") == "");
  CHECK(need(environment, "510.108.03") == "12.4 wants 525");
  CHECK(need({"NVIDIA_REQUIRE_CUDA=cuda>=12.4"}, "470.256.02") == "12.4 wants 525");
}

TEST_CASE("nothing is said of what is not known") {
  CHECK(need({}, "470.256.02") == "");
  CHECK(need({"CUDA_VERSION=", "NVIDIA_REQUIRE_CUDA="}, "470.256.02") == "");
  CHECK(need({"CUDA_VERSION=99.1"}, "470.256.02") == "");
  CHECK(need({"CUDA_VERSION=x", "NVIDIA_REQUIRE_CUDA=cuda>=,driver<"}, "470.256.02") == "");
  CHECK(need({"CUDA_VERSION=99999999999999999999"}, "470.256.02") == "");
  CHECK(need({"CUDA_VERSION=13.0.1"}, "") == "");
  CHECK(need({"CUDA_VERSION=13.0.1"}, "unknown") == "");
  CHECK(need({"NO_CUDA_VERSION=13.0.1", "CUDA_VERSIONS=13.0.1"}, "470.256.02") == "");
}

TEST_CASE_FIXTURE(test::MediaHost,
                  "the driver of the host is held against the bundle's images for GPU nodes") {
  node.roles = {"gpu"};
  put_recorded(BUNDLE_SOURCE_DIR "/tests/data/hosts/h100.files");
  CHECK(look(gpu_checks()).empty());
  put("/sys/module/nvidia/version", "535.104.05\n");
  const std::vector<Check> found = look(gpu_checks());
  REQUIRE(found.size() == 1);
  CHECK(found[0] ==
        warning("old-gpu-driver",
                "docker.io/library/a:1 is made for CUDA 13.0.1, which wants NVIDIA's driver 580 or "
                "newer; this host has 535.104.05",
                "install a driver from 580 on"));
  index.images[0].roles = {"master"};
  CHECK(look(gpu_checks()).empty());
  index.images.clear();
  CHECK(look(gpu_checks()).empty());
  put("/sys/module/nvidia/version", "410.104\n");
  CHECK(look(gpu_checks()).empty());
  index.components.push_back({.name = "nvidia-container-toolkit"});
  CHECK(look(gpu_checks()).at(0).seen ==
        "nvidia-container-toolkit wants NVIDIA's driver 418.81.07 or newer; this host has 410.104");
}

}  // namespace
}  // namespace bundle::preflight
