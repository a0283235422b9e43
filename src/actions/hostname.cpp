#include "actions/hostname.hpp"

#include "base/error.hpp"

namespace bundle::actions {
namespace {

class Hostname final : public steps::Action {
 public:
  Hostname(std::string name, std::string node_file)
      : name_(std::move(name)), node_file_(std::move(node_file)) {}

  std::string describe() const override { return "hostnamectl set-hostname -- " + name_ + "\n"; }
  json::Object inputs() const override { return {{"hostname", name_}}; }
  bool is_done(steps::Context& context) override { return host_name_now(context.host) == name_; }
  steps::Change capture(steps::Context& context) override {
    return {.type = "hostname", .key = "hostname", .before = {{"name", host_name_now(context.host)}}};
  }
  void apply(steps::Context& context) override {
    if (context.host.exists(node_file_) && !is_done(context)) {
      throw Error(ErrorKind::step,
                  fmt::format("this host is a node of a cluster under the name {}, expected {}",
                              host_name_now(context.host), name_),
                  "kubeadm reset, or give the node its old name in the site file");
    }
    context.host.run({"hostnamectl", "set-hostname", "--", name_});
  }

 private:
  static std::string host_name_now(const host::Host& host) {
    return host.read("/proc/sys/kernel/hostname").value_or("");
  }

  std::string name_;
  std::string node_file_;
};

}  // namespace

std::unique_ptr<steps::Action> set_hostname(std::string name, std::string node_file) {
  return std::make_unique<Hostname>(std::move(name), std::move(node_file));
}

void undo_hostname(host::Host& host, const steps::Change& change) {
  const std::string name = json::text_at(change.before, "name");
  if (!name.empty() && host.read("/proc/sys/kernel/hostname") != name) {
    host.run({"hostnamectl", "set-hostname", "--", name});
  }
}

}  // namespace bundle::actions
