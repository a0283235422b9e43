#include "preflight/cuda.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace bundle::preflight {
namespace {

/// The least driver for each CUDA, whose minor versions all run with it.
/// Source: NVIDIA's "CUDA Compatibility", minor version compatibility, table 1.
constexpr std::array<std::pair<unsigned, unsigned>, 3> kLeastDrivers{{{11, 450}, {12, 525}, {13, 580}}};

/// The first number of a version; nothing when there is none.
std::optional<unsigned> major_of(std::string_view version) {
  const std::optional<std::uint64_t> number = parse_unsigned(version.substr(0, version.find('.')));
  return number && *number < 10'000 ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

std::optional<unsigned> least_driver(std::string_view cuda) {
  const auto* found =
      std::ranges::find(kLeastDrivers, major_of(cuda).value_or(0), &std::pair<unsigned, unsigned>::first);
  return found != kLeastDrivers.end() ? std::optional(found->second) : std::nullopt;
}

std::string_view value_of(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string& variable : environment) {
    if (variable.starts_with(name) && variable.substr(name.size()).starts_with('=')) {
      return std::string_view(variable).substr(name.size() + 1);
    }
  }
  return {};
}

/// `cuda>=12.4`, `driver<536`; what is neither is held to be so.
bool holds(std::string_view condition, unsigned driver) {
  constexpr std::string_view kCuda = "cuda>=";
  constexpr std::string_view kAtLeast = "driver>=";
  constexpr std::string_view kBelow = "driver<";
  if (condition.starts_with(kCuda)) {
    return driver >= least_driver(condition.substr(kCuda.size())).value_or(0);
  }
  if (condition.starts_with(kAtLeast)) {
    return driver >= major_of(condition.substr(kAtLeast.size())).value_or(0);
  }
  if (condition.starts_with(kBelow)) {
    return driver < major_of(condition.substr(kBelow.size())).value_or(driver + 1);
  }
  return true;
}

/// Alternatives, of which one has to hold, are apart by blanks; conditions of one by commas.
/// Source: NVIDIA Container Toolkit, "Environment variables (OCI spec)", constraints.
bool is_content(std::string_view constraint, unsigned driver) {
  const std::vector<std::string_view> alternatives = split_words(constraint);
  return std::ranges::any_of(alternatives, [&](std::string_view alternative) {
    const std::vector<std::string_view> conditions = split(alternative, ',');
    return std::ranges::all_of(conditions, [&](std::string_view one) { return holds(one, driver); });
  });
}

/// The X of the first `cuda>=X`.
std::string cuda_of(std::string_view constraint) {
  constexpr std::string_view kCuda = "cuda>=";
  const std::size_t at = constraint.find(kCuda);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = constraint.substr(at + kCuda.size());
  return std::string(rest.substr(0, rest.find_first_of(" ,")));
}

}  // namespace

std::optional<CudaNeed> missing_for_cuda(const std::vector<std::string>& environment,
                                         std::string_view driver_version) {
  std::string constraint(value_of(environment, "NVIDIA_REQUIRE_CUDA"));
  if (cuda_of(constraint).empty()) {
    constraint = "cuda>=" + std::string(value_of(environment, "CUDA_VERSION"));
  }
  const std::string cuda = cuda_of(constraint);
  const std::optional<unsigned> least = least_driver(cuda);
  const std::optional<unsigned> driver = major_of(driver_version);
  if (!least || !driver || is_content(constraint, *driver)) {
    return std::nullopt;
  }
  return CudaNeed{.cuda = cuda, .driver_major = *least};
}

}  // namespace bundle::preflight
