#include "commands/join_info.hpp"

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/text.hpp"
#include "cluster/join_info.hpp"
#include "commands/host.hpp"
#include "host/state_folder.hpp"
#include "signing/join_key.hpp"
#include "signing/passphrase.hpp"
#include "spec/component.hpp"
#include "steps/journal.hpp"

namespace bundle::commands {
namespace {

constexpr std::int64_t kShortestSeconds = 60;

/// `45m`, `2h`, `1d`.
std::chrono::seconds parse_ttl(const std::string& text) {
  const std::string_view number = std::string_view(text).substr(0, text.empty() ? 0 : text.size() - 1);
  const std::int64_t unit = text.ends_with('m')   ? 60
                            : text.ends_with('h') ? 3600
                            : text.ends_with('d') ? 86400
                                                  : 0;
  const std::uint64_t count = parse_unsigned(number).value_or(0);
  constexpr std::uint64_t kMost = 3650;
  if (unit == 0 || count == 0 || count > kMost ||
      static_cast<std::int64_t>(count) * unit < kShortestSeconds) {
    throw Error(ErrorKind::usage,
                fmt::format("'{}' is not a time that a join file can be good for", escaped(text)),
                "expected one such as 45m, 2h or 1d");
  }
  return std::chrono::seconds(static_cast<std::int64_t>(count) * unit);
}

void require_role_and_ttl(const JoinInfoOptions& options, std::chrono::seconds ttl) {
  if (!spec::all_roles().contains(options.role)) {
    throw Error(ErrorKind::usage, fmt::format("unknown role '{}'", escaped(options.role)),
                "roles are master, worker and gpu");
  }
  if (options.role == "master" && ttl > cluster::kCertificateLife) {
    throw Error(
        ErrorKind::usage,
        fmt::format("--ttl {} is too long for masters: kubeadm keeps the certificates that they fetch for 2h",
                    options.ttl),
        "--ttl 2h or less; run join-info again when the next master's turn comes");
  }
}

std::filesystem::path key_path(const std::filesystem::path& join) { return join.parent_path() / "JOIN.key"; }

void require_absent(const std::filesystem::path& file) {
  if (std::filesystem::exists(std::filesystem::symlink_status(file))) {
    throw Error(ErrorKind::usage, fmt::format("there is a file {} already", file.string()),
                "remove it when it is no longer needed, or name another one with -o");
  }
}

std::string install_command(const JoinInfoOptions& options, bool is_master) {
  return fmt::format("bundle install DIR --site site.yml --join {}{}", options.out,
                     is_master ? " --join-key " + key_path(options.out).string() : "");
}

}  // namespace

void join_info(Session& session, const JoinInfoOptions& options) {
  const std::chrono::seconds ttl = parse_ttl(options.ttl);
  require_role_and_ttl(options, ttl);
  const bool is_master = options.role == "master";
  require_absent(options.out);
  if (is_master) {
    require_absent(key_path(options.out));
  }
  host::Host host = this_host(session);
  const steps::Journal journal(host.at(host::kJournalPath), steps::Journal::Access::read);
  if (journal.installs().empty()) {
    throw Error(ErrorKind::preflight, "this host was not made by bundle", "run it on a master that was");
  }
  const std::string passphrase =
      is_master ? signing::read_passphrase(options.passphrase_file, "passphrase for JOIN.key")
                : std::string();
  const steps::InstallRecord& last = journal.installs().back();
  const cluster::Minted minted = cluster::mint_join(host, {.role = options.role,
                                                           .ttl = ttl,
                                                           .bundle_name = last.bundle,
                                                           .bundle_version = last.version,
                                                           .index_sha256 = last.index_sha256});
  if (is_master) {
    write_new_file(key_path(options.out),
                   signing::seal_certificate_key(minted.certificate_key, passphrase, minted.join.cluster_id),
                   0600);
  }
  write_new_file(options.out, spec::to_yaml(minted.join), 0600);
  session.log->info(fmt::format("wrote {}{}, good until {}; on the next {}:\n  {}", options.out,
                                is_master ? " and " + key_path(options.out).string() : "",
                                format_utc(minted.join.expires), options.role,
                                install_command(options, is_master)));
}

}  // namespace bundle::commands
