#include "spec/nevra.hpp"

#include "base/text.hpp"

namespace bundle::spec {
namespace {

/// Cuts what follows the last `separator` off `text`; nothing when a side is empty.
std::optional<std::string_view> cut_last(std::string_view& text, char separator) {
  const auto at = text.rfind(separator);
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) {
    return std::nullopt;
  }
  const std::string_view tail = text.substr(at + 1);
  text = text.substr(0, at);
  return tail;
}

/// Cuts `digits:` off the front, or `(none):`, which `rpm -qa --qf` prints for %{EPOCH} where there is none.
std::string cut_epoch(std::string_view& text) {
  constexpr std::string_view kNone = "(none):";
  if (text.starts_with(kNone)) {
    text.remove_prefix(kNone.size());
    return "0";
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !parse_unsigned(text.substr(0, colon))) {
    return {};
  }
  const std::string epoch(text.substr(0, colon));
  text = text.substr(colon + 1);
  return epoch;
}

}  // namespace

std::string Nevra::str() const {
  const std::string prefix = epoch.empty() || epoch == "0" ? "" : epoch + ":";
  return name + "-" + prefix + version + "-" + release + "." + arch;
}

std::optional<Nevra> parse_nevra(std::string_view text) {
  std::string epoch = cut_epoch(text);
  const auto arch = cut_last(text, '.');
  const auto release = arch ? cut_last(text, '-') : std::nullopt;
  auto version = release ? cut_last(text, '-') : std::nullopt;
  if (!version) {
    return std::nullopt;
  }
  if (epoch.empty()) {
    epoch = cut_epoch(*version);
  }
  if (version->empty() || text.find_first_of(" \t:/") != std::string_view::npos) {
    return std::nullopt;
  }
  return Nevra{.name = std::string(text),
               .epoch = std::move(epoch),
               .version = std::string(*version),
               .release = std::string(*release),
               .arch = std::string(*arch)};
}

std::string_view package_name(std::string_view nevra) {
  const std::size_t release = nevra.rfind('-');
  const std::size_t version =
      release == std::string_view::npos || release == 0 ? release : nevra.rfind('-', release - 1);
  return version == std::string_view::npos ? nevra : nevra.substr(0, version);
}

std::string_view package_arch(std::string_view nevra) { return nevra.substr(nevra.rfind('.') + 1); }

}  // namespace bundle::spec
