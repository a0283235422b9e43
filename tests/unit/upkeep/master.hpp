#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "base/log.hpp"
#include "host/host.hpp"
#include "support/fake_runner.hpp"

namespace bundle::upkeep::test {

/// Of `openssl req -x509 -newkey ec -subj /CN=kubernetes -days 20`, made on 2026-11-27.
constexpr std::string_view kOldPem = R"(-----BEGIN CERTIFICATE-----
MIIBfjCCASWgAwIBAgIUTLHwu7TdRI76DcXalbjx/caaTeQwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAeFw0yNjExMjcyMTM0NTlaFw0yNjEyMTcy
MTM0NTlaMBUxEzARBgNVBAMMCmt1YmVybmV0ZXMwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQ3wlclFR/3VZlFS9FUABB9HTK57PKKdbcTTq10c0MqdsUCZaKGq99e
eU3iGbqJc0GgeZBrN9hHak2VfeabBGq3o1MwUTAdBgNVHQ4EFgQUr0fnK3Z0qUua
XVpxaD7sy2O7dAswHwYDVR0jBBgwFoAUr0fnK3Z0qUuaXVpxaD7sy2O7dAswDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAwimZ0z70Yhhuzhotbe5++
wtLvoNnVrO5GNEzxSmRVLAIgUoCpgEnTUohwQL+ym0swu7Voi7th9nhD+iZCWyOh
wrU=
-----END CERTIFICATE-----
)";

/// A master whose certificates end within 20 days, as files and answers of programs: kubeadm renews what lies
/// in the copy, a container that is killed comes again and shows what its file holds, etcdctl and etcdutl
/// make and check snapshots. `cut_at`: the command with this number is the last one, as if the power went.
class Master : public CommandRunner {
 public:
  Master();

  CommandResult run(const Command& command) override;

  void put(const std::string& path, std::string_view content) const;
  std::string get(const std::string& path) const;
  bool exists(const std::string& path) const { return host.exists(path); }
  /// Whether all that kubeadm has made, and root's kubeconfig, is renewed (or none of it).
  bool is_renewed() const;
  bool is_old() const;

  bundle::test::FakeRunner programs;
  std::size_t cut_at = SIZE_MAX;
  std::size_t commands = 0;
  bool has_ca_key = true;           ///< without it kubeadm renews nothing, and ends well
  std::set<std::string> bad;        ///< components that do not come again with a renewed certificate
  bool has_majority = false;        ///< of etcd
  std::set<std::string> answering;  ///< `ADDRESS PORT` of other hosts
  std::string etcdctl_error;        ///< when not empty, a snapshot fails with it
  std::vector<std::string> restarted;
  std::vector<std::string> deleted;  ///< from the API: `node m2`
  bool is_kubelet_on = true;
  bool is_containerd_on = true;

 private:
  CommandResult renew() const;
  CommandResult ctr(const Command& command);
  CommandResult tasks() const;
  CommandResult kill(const std::string& id);
  CommandResult etcd_program(const std::vector<std::string>& argv);
  CommandResult curl(const Command& command) const;
  CommandResult kubectl(const Command& command);
  void start_containers();
  std::string folder_on_disk(const std::string& path) const { return host.at(path).string(); }

  TempDir folder_;
  std::map<std::string, unsigned> containers_;  ///< component -> how often it was started
  std::set<std::string> running_;
  std::map<std::string, std::string> loaded_;  ///< component -> the certificate that it has read
  Log log_{LogLevel::quiet, false};
  NoProgress progress_;

 public:
  std::int64_t now = 1'795'900'000;                ///< 2026-11-28
  std::chrono::steady_clock::time_point passed{};  ///< each look at it is a minute later
  host::Host host{.root = folder_.path(),
                  .runner = *this,
                  .log = log_,
                  .progress = progress_,
                  .now = [this] { return now; },
                  .steady = [this] { return passed += std::chrono::seconds(60); }};
};

/// A snapshot as etcd makes one: a page, and the SHA-256 of all before.
std::string snapshot_bytes(std::string_view content);

}  // namespace bundle::upkeep::test
