#include "rpm/solv.hpp"

#include <string_view>

namespace bundle::rpm {

spec::Nevra nevra_of(Pool* pool, Solvable* solvable) {
  std::string_view evr = pool_id2str(pool, solvable->evr);
  spec::Nevra nevra{
      .name = pool_id2str(pool, solvable->name), .epoch = "0", .arch = pool_id2str(pool, solvable->arch)};
  if (const auto colon = evr.find(':'); colon != std::string_view::npos) {
    nevra.epoch = evr.substr(0, colon);
    evr = evr.substr(colon + 1);
  }
  const auto dash = evr.rfind('-');
  nevra.version = evr.substr(0, dash);
  nevra.release = dash == std::string_view::npos ? "" : evr.substr(dash + 1);
  return nevra;
}

std::string nevra_text(Pool* pool, Id package) {
  return nevra_of(pool, pool_id2solvable(pool, package)).str();
}

}  // namespace bundle::rpm
