#include "format/signed_file.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "format/index.hpp"
#include "format/plain_file.hpp"

namespace bundle::format {
namespace {

namespace stdfs = std::filesystem;

constexpr std::string_view kEnding = ".sig";
constexpr std::size_t kIdDigits = 16;

/// The KEYID of `NAME.KEYID.sig`; empty for any other name.
std::string_view id_of(std::string_view file) {
  if (!file.ends_with(kEnding)) {
    return {};
  }
  const std::string_view stem = file.substr(0, file.size() - kEnding.size());
  const std::size_t dot = stem.rfind('.');
  const std::string_view id = dot == std::string_view::npos ? "" : stem.substr(dot + 1);
  const bool is_id =
      id.size() == kIdDigits && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_id ? id : std::string_view();
}

}  // namespace

bool is_signature_of(std::string_view file, std::string_view name) {
  const std::string_view id = id_of(file);
  return !id.empty() && file == signature_name(name, id);
}

std::vector<signing::TrustedKey> valid_signers(const stdfs::path& folder, std::string_view name,
                                               std::string_view content, const Trust& trust) {
  std::vector<signing::TrustedKey> signers;
  for (const signing::TrustedKey& trusted : trust.keys) {
    const stdfs::path file = folder / signature_name(name, trusted.key.id());
    const std::optional<std::string> signature = read_plain_file(file, kMaxSignatureBytes);
    if (!signature) {
      continue;
    }
    if (!trusted.key.verifies(as_bytes(content), as_bytes(*signature))) {
      throw Error(ErrorKind::integrity,
                  fmt::format("{} is not a valid signature of {} by the trusted key {} ({})", file.string(),
                              name, trusted.key.id(), trusted.origin),
                  "one of the two was changed or damaged: do not use them");
    }
    signers.push_back(trusted);
  }
  return signers;
}

std::vector<std::string> signature_ids(const stdfs::path& folder, std::string_view name) {
  std::vector<std::string> ids;
  for (const std::string& file : list_folder(folder.empty() ? "." : folder)) {
    if (is_signature_of(file, name)) {
      ids.emplace_back(id_of(file));
    }
  }
  return ids;
}

}  // namespace bundle::format
