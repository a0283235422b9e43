#include "install/opened.hpp"

#include <algorithm>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cluster/free_networks.hpp"
#include "cluster/ports.hpp"
#include "deliver/payload.hpp"
#include "format/verifier.hpp"
#include "install/history.hpp"
#include "install/site_file.hpp"

namespace bundle::install {
namespace {

void require_sound(const host::Host& host, const format::Index& index, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    const std::string place = to_string(finding.position);
    host.log.warn((place.empty() ? "" : escaped(place) + ": ") + escaped(finding.message) +
                  (finding.hint.empty() ? "" : " (" + finding.hint + ")"));
  }
  if (!findings.empty()) {
    throw Error(ErrorKind::integrity,
                fmt::format("the bundle {} has {}; nothing was changed", index.base_name(),
                            count_words(findings.size(), "fault")),
                "copy it again from where it is whole");
  }
}

/// Leaves out findings of parts that only other roles need; they may lie on a stick that stayed at home.
void forgive_unneeded_parts(const host::Host& host, const format::Index& index, const format::PartSet& parts,
                            const spec::Roles& roles, std::vector<Finding>& findings) {
  const std::set<std::uint64_t> needed = deliver::needed_parts(index, parts, roles);
  for (std::uint64_t part = 0; part < index.parts.size(); ++part) {
    const std::string& name = index.parts[part].name;
    const auto erased =
        parts.has(part) || needed.contains(part) ? 0 : std::erase_if(findings, [&](const Finding& finding) {
          return std::filesystem::path(finding.position.file).filename() == name;
        });
    if (erased > 0) {
      host.log.info(name + " is not here, and not needed for this role");
    }
  }
}

}  // namespace

Opened open_bundle(const host::Host& host, const OpenRequest& request) {
  format::VerifiedIndex verified = verify_index(request.folders, request.trust);
  site::Site site =
      request.site.empty() ? site::Site{} : read_site_file(request.site, request.folders, request.trust);
  for (const std::string& file : unlisted_files(verified, request.folders)) {
    if (!is_of_site(site, file)) {
      host.log.warn(escaped(file) + " does not belong to the bundle; it was not read");
    }
  }
  std::vector<Finding> findings = check_installer(verified, request.trust);
  format::PartSet parts(verified.index(), request.folders, findings);
  site = cluster::with_free_networks(host, verified.index(), std::move(site));
  cluster::require_free_endpoint_port(verified.index(), site);
  cluster::ThisNode node = cluster::find_this_node(host, site, request.roles);
  const std::vector<Finding> headers = check_headers(parts, verified.index());
  findings.insert(findings.end(), headers.begin(), headers.end());
  if (findings.empty() && request.verify_first) {
    findings = verify_payload(verified, request.folders, host.progress,
                              std::max(2u, std::thread::hardware_concurrency()));
  } else if (!findings.empty() && !request.verify_first) {
    forgive_unneeded_parts(host, verified.index(), parts, node.roles, findings);
  }
  require_sound(host, verified.index(), findings);
  const bool joins = request.join || !node.roles.contains("master") || has_begun_to_join(host);
  return {.verified = std::move(verified),
          .parts = std::move(parts),
          .site = std::move(site),
          .node = std::move(node),
          .joins = joins,
          .join = request.join,
          .certificate_key = request.certificate_key};
}

}  // namespace bundle::install
