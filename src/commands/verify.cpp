#include "commands/verify.hpp"

#include <algorithm>
#include <thread>

#include "base/json.hpp"
#include "base/text.hpp"
#include "commands/words.hpp"
#include "format/verifier.hpp"

namespace bundle::commands {
namespace {

using format::VerifiedIndex;

std::size_t jobs() { return std::max(2u, std::thread::hardware_concurrency()); }

json::Value to_value(const Finding& finding) {
  return json::Object{{"file", finding.position.file}, {"fault", finding.message}, {"hint", finding.hint}};
}

std::string as_json(const VerifiedIndex& verified, const std::vector<Finding>& findings) {
  json::Array signers;
  for (const signing::TrustedKey& signer : verified.signers()) {
    signers.push_back(json::Object{{"id", signer.key.id()}, {"key", signer.origin}});
  }
  json::Array faults;
  for (const Finding& finding : findings) {
    faults.push_back(to_value(finding));
  }
  return json::pretty(json::Object{{"faults", std::move(faults)},
                                   {"index", verified.sha256()},
                                   {"installer", verified.index().installer.sha256},
                                   {"name", verified.index().name},
                                   {"signers", std::move(signers)},
                                   {"valid", findings.empty()},
                                   {"version", verified.index().version}});
}

std::string as_table(const VerifiedIndex& verified) {
  const format::Index& index = verified.index();
  std::string text = headline(index) + fmt::format("index       sha256:{}\ninstaller   sha256:{}\n",
                                                   verified.sha256(), index.installer.sha256);
  for (const signing::TrustedKey& signer : verified.signers()) {
    text += fmt::format("signed by   {} ({})\n", signer.key.id(), signer.origin);
  }
  if (verified.signers().empty()) {
    text += "trusted by  the expected SHA-256 of the index\n";
  }
  return text + fmt::format("verified    {} entries in {} parts, {}, and the installer\n",
                            format_count(index.entries.size()), index.parts.size(),
                            format_size(payload_bytes(index)));
}

void report(Session& session, const Finding& finding) {
  session.log->warn(escaped(to_string(finding.position)) + ": " + escaped(finding.message) +
                    (finding.hint.empty() ? "" : " (" + finding.hint + ")"));
}

}  // namespace

void verify(Session& session, const VerifyOptions& options) {
  const format::Trust trust = load_trust(options.trust);
  const std::vector<std::filesystem::path> folders(options.folders.begin(), options.folders.end());
  const VerifiedIndex verified = verify_index(folders, trust);
  for (const std::string& file : unlisted_files(verified, folders)) {
    session.log->warn(escaped(file) + " does not belong to the bundle; it was not read");
  }
  std::vector<Finding> findings = check_installer(verified, trust);
  const std::vector<Finding> faults = verify_payload(verified, folders, *session.progress, jobs());
  findings.insert(findings.end(), faults.begin(), faults.end());
  for (const Finding& finding : findings) {
    report(session, finding);
  }
  if (session.output == OutputFormat::json) {
    session.print(as_json(verified, findings));
  } else if (findings.empty()) {
    session.print(as_table(verified));
  }
  if (!findings.empty()) {
    throw Error(ErrorKind::integrity,
                fmt::format("the bundle {} has {}", verified.index().base_name(),
                            count_words(findings.size(), "fault")),
                "copy it again from where it is whole, and verify there too");
  }
}

}  // namespace bundle::commands
