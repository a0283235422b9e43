#include "actions/selinux.hpp"

namespace bundle::actions {
namespace {

class SelinuxPermissive final : public steps::Action {
 public:
  std::string describe() const override { return "setenforce 0\n"; }
  json::Object inputs() const override { return {{"selinux", "permissive"}}; }
  bool is_done(steps::Context& context) override {
    return context.host.read("/sys/fs/selinux/enforce").value_or("0") == "0";
  }
  steps::Change capture(steps::Context& context) override {
    return {.type = "selinux",
            .key = "selinux",
            .before = {{"enforce", context.host.read("/sys/fs/selinux/enforce").value_or("")}}};
  }
  void apply(steps::Context& context) override { context.host.run({"setenforce", "0"}); }
};

}  // namespace

std::unique_ptr<steps::Action> make_selinux_permissive() { return std::make_unique<SelinuxPermissive>(); }

void undo_selinux(host::Host& host, const steps::Change& change) {
  if (json::text_at(change.before, "enforce") == "1") {
    host.run({"setenforce", "1"});
  }
}

}  // namespace bundle::actions
