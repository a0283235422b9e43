#include "commands/serve.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/fs.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "commands/words.hpp"
#include "format/parts.hpp"
#include "format/verifier.hpp"
#include "serve/local_addresses.hpp"
#include "serve/responder.hpp"
#include "serve/server.hpp"
#include "serve/unit.hpp"
#include "signing/self_signed.hpp"

namespace bundle::commands {
namespace {

namespace stdfs = std::filesystem;

constexpr std::uint64_t kMaxPemBytes = 1 << 20;

void check_options(const ServeOptions& options) {
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    fail(ErrorKind::usage, "--tls-cert and --tls-key belong together");
  }
  if (options.tls_self_signed && !options.tls_cert.empty()) {
    fail(ErrorKind::usage, "--tls-self-signed makes a certificate, --tls-cert names one: give one of them");
  }
}

std::vector<serve::Network> networks_of(const std::vector<std::string>& texts) {
  std::vector<serve::Network> networks;
  for (const std::string& text : texts) {
    networks.push_back(serve::parse_network(text));
  }
  return networks;
}

serve::TlsIdentity self_signed(Session& session, const serve::Endpoint& listen) {
  std::vector<std::string> addresses;
  for (const serve::Address& address : serve::reachable_addresses(listen.address)) {
    addresses.push_back(address.str());
  }
  signing::SelfSigned made = signing::make_self_signed(addresses, session.now());
  session.log->info("SHA-256 fingerprint of the certificate, to compare at each client: " + made.fingerprint);
  return {.certificate_pem = std::move(made.certificate_pem), .key_pem = std::move(made.key_pem)};
}

std::optional<serve::TlsIdentity> tls_of(Session& session, const ServeOptions& options,
                                         const serve::Endpoint& listen) {
  if (options.tls_self_signed) {
    return self_signed(session, listen);
  }
  if (options.tls_cert.empty()) {
    return std::nullopt;
  }
  return serve::TlsIdentity{.certificate_pem = read_file(options.tls_cert, kMaxPemBytes),
                            .key_pem = read_file(options.tls_key, kMaxPemBytes)};
}

/// What is not as it should be, and does not keep the rest from being served.
void warn_of_folders(Session& session, const format::VerifiedIndex& verified,
                     const std::vector<stdfs::path>& folders) {
  for (const std::string& file : unlisted_files(verified, folders)) {
    session.log->warn(escaped(file) + " does not belong to the bundle; it is not served");
  }
  std::vector<Finding> missing;
  const format::PartSet parts(verified.index(), folders, missing);
  for (const Finding& finding : missing) {
    session.log->warn(escaped(to_string(finding.position)) + ": " + escaped(finding.message) +
                      "; what it holds is answered with 503 until it is there");
  }
}

void announce(Session& session, const format::VerifiedIndex& verified, const serve::Server& server,
              bool has_tls) {
  const serve::Endpoint place = server.endpoint();
  session.log->info(fmt::format("serving {} {} on {}://{}", verified.index().name, verified.index().version,
                                has_tls ? "https" : "http", place.str()));
  if (!has_tls && !place.address.is_loopback()) {
    session.log->warn(
        "over plain HTTP others get /bundle/ alone; --tls-cert and --tls-key, or --tls-self-signed, open the "
        "rest to them");
  }
}

/// The command line of the service, with paths that hold wherever it is started.
serve::UnitCommand unit_command(const ServeOptions& options, const serve::Endpoint& listen) {
  constexpr std::uint16_t kFirstFreePort = 1024;
  serve::UnitCommand command{.program = stdfs::read_symlink("/proc/self/exe").string(),
                             .args = {"serve"},
                             .has_low_port = listen.port < kFirstFreePort};
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) {
      command.args.insert(command.args.end(), {name, value});
    }
  };
  const auto add_path = [&](const std::string& name, const std::string& path) {
    add(name, path.empty() ? path : stdfs::absolute(path).lexically_normal().string());
  };
  for (const std::string& key : options.trust.keys) {
    add_path("--key", key);
  }
  add("--expect", options.trust.expect);
  add("--listen", listen.str());
  add_path("--tls-cert", options.tls_cert);
  add_path("--tls-key", options.tls_key);
  if (options.tls_self_signed) {
    command.args.emplace_back("--tls-self-signed");
  }
  for (const std::string& network : options.allow) {
    add("--allow", network);
  }
  for (const std::string& folder : options.folders) {
    command.args.push_back(stdfs::absolute(folder).lexically_normal().string());
  }
  return command;
}

}  // namespace

void serve(Session& session, const ServeOptions& options) {
  check_options(options);
  const serve::Endpoint listen = serve::parse_endpoint(options.listen);
  const std::vector<serve::Network> allow = networks_of(options.allow);
  if (options.unit) {
    session.print(serve::systemd_unit(unit_command(options, listen)));
    return;
  }
  const std::vector<stdfs::path> folders(options.folders.begin(), options.folders.end());
  const format::VerifiedIndex verified = verify_index(folders, load_trust(options.trust));
  warn_of_folders(session, verified, folders);
  serve::Media media(verified, folders);
  serve::Responder responder(media);
  const serve::ServerOptions server_options{
      .listen = listen, .tls = tls_of(session, options, listen), .allow = allow};
  const auto respond = [&](const serve::Request& request) { return responder.answer(request); };
  serve::Server server(server_options, respond, [&](const serve::AccessRow& row) {
    session.print(access_line(row));
    if (!row.fault.empty() && !interrupted()) {
      session.log->warn(escaped(row.target) + ": " + escaped(row.fault));
    }
  });
  announce(session, verified, server, server_options.tls.has_value());
  server.run(interrupted);
  session.log->info("stopped as asked");
}

}  // namespace bundle::commands
