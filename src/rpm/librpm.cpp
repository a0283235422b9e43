#include "rpm/librpm.hpp"

extern "C" {
#include <rpm/rpmlog.h>
#include <rpm/rpmpgp.h>
}

#include <mutex>

namespace bundle::rpm {

void prepare_librpm() {
  static std::once_flag once;
  std::call_once(once, [] {
    rpmInitCrypto();
    rpmlogSetMask(RPMLOG_UPTO(RPMLOG_EMERG));
  });
}

}  // namespace bundle::rpm
