#include "actions/hostname.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"
#include "host/facts.hpp"

namespace bundle::actions {
namespace {

constexpr std::string_view kType = "hostname";
constexpr std::string_view kNameFile = "/etc/hostname";

/// The name that the next boot gives; empty when none is written down.
/// Source: hostname(5).
std::string written_name(const host::Host& host) {
  const std::string text = host.read(kNameFile).value_or("");
  for (const std::string_view line : split(text, '\n')) {
    const std::string_view name = trim(line);
    if (!name.empty() && !name.starts_with('#')) {
      return std::string(name);
    }
  }
  return {};
}

/// Both names, and not the one for people (PRETTY_HOSTNAME), which hostnamectl forgets without these options.
std::vector<std::string> naming(const std::string& name) {
  return {"hostnamectl", "--static", "--transient", "set-hostname", "--", name};
}

class Hostname final : public steps::Action {
 public:
  Hostname(std::string name, std::string node_file)
      : name_(std::move(name)), node_file_(std::move(node_file)) {}

  std::string describe() const override { return to_string(Command{.argv = naming(name_)}) + "\n"; }
  json::Object inputs() const override { return {{"hostname", name_}}; }
  bool is_done(steps::Context& context) override {
    return host::host_name(context.host) == name_ && written_name(context.host) == name_;
  }
  steps::Change capture(steps::Context& context) override {
    return {.type = std::string(kType),
            .key = std::string(kType),
            .before = {{"name", host::host_name(context.host)},
                       {"written", written_name(context.host)},
                       {"ours", steps::ours_after(context.captured(kType, kType), name_)}}};
  }
  void apply(steps::Context& context) override {
    if (context.host.exists(node_file_) && host::host_name(context.host) != name_) {
      throw Error(ErrorKind::step,
                  fmt::format("this host is a node of a cluster under the name {}, expected {}",
                              host::host_name(context.host), name_),
                  "kubeadm reset, or give the node its old name in the site file");
    }
    context.host.run(naming(name_));
  }
  void verify(steps::Context& context) override {
    if (!is_done(context)) {
      throw Error(ErrorKind::step,
                  fmt::format("the host is named {} now and {} at the next boot, expected {}",
                              host::host_name(context.host), written_name(context.host), name_),
                  "hostnamectl status; look at what else writes /etc/hostname");
    }
  }

 private:
  std::string name_;
  std::string node_file_;
};

/// Takes our name out of /etc/hostname, or puts back the one that was there.
void put_written_name_back(const host::Host& host, const std::string& name) {
  if (!name.empty()) {
    host.run({"hostnamectl", "--static", "set-hostname", "--", name});
  } else {
    std::filesystem::remove(host.at(kNameFile));
  }
}

}  // namespace

std::unique_ptr<steps::Action> set_hostname(std::string name, std::string node_file) {
  return std::make_unique<Hostname>(std::move(name), std::move(node_file));
}

void undo_hostname(host::Host& host, const steps::Change& change) {
  const std::string name = json::text_at(change.before, "name");
  const auto written = change.before.find("written");
  if (written == change.before.end()) {  // of a version that asked the kernel alone
    if (!name.empty() && host::host_name(host) != name) {
      host.run({"hostnamectl", "set-hostname", "--", name});
    }
    return;
  }
  const std::string before = json::text_at(change.before, "written");
  for (const std::string& now : {written_name(host), host::host_name(host)}) {
    if (!steps::is_ours(change, now) && now != before && now != name) {
      host.log.warn(fmt::format(
          "the host was named {} since it was installed; it keeps that name; before it was {}", now, name));
      return;
    }
  }
  if (written_name(host) != before) {
    put_written_name_back(host, before);
  }
  if (!name.empty() && host::host_name(host) != name) {
    host.run({"sysctl", "-w", "kernel.hostname=" + name});
  }
}

}  // namespace bundle::actions
