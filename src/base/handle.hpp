#pragma once

#include <memory>

namespace bundle {

/// Deleter that calls a C library's free function.
template <auto Free>
struct CallFree {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

/// One owner of a C library's object: `Handle<EVP_PKEY, EVP_PKEY_free>`.
template <class T, auto Free>
using Handle = std::unique_ptr<T, CallFree<Free>>;

}  // namespace bundle
