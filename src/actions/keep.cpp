#include "actions/keep.hpp"

#include "base/error.hpp"

namespace bundle::actions {
namespace {

class Kept final : public steps::Action {
 public:
  Kept(std::string what, std::string words) : what_(std::move(what)), words_(std::move(words)) {}

  std::string describe() const override { return fmt::format("keep {}: {}\n", what_, words_); }
  json::Object inputs() const override { return {{"keep", what_}}; }
  bool is_done(steps::Context& /*context*/) override { return true; }
  steps::Change capture(steps::Context& /*context*/) override {
    return {.type = "none", .key = what_, .before = {}};
  }
  void apply(steps::Context& /*context*/) override {}

 private:
  std::string what_;
  std::string words_;
};

}  // namespace

std::unique_ptr<steps::Action> keep(std::string what, std::string words) {
  return std::make_unique<Kept>(std::move(what), std::move(words));
}

}  // namespace bundle::actions
