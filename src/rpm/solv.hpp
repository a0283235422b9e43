#pragma once

// libsolv for the .cpp files of this folder; nobody else includes this.

// Without it Solvable has a field `requires`, a keyword of C++20.
#define LIBSOLV_SOLVABLE_PREPEND_DEP

extern "C" {
#include <solv/bitmap.h>
#include <solv/evr.h>
#include <solv/knownid.h>
#include <solv/pool.h>
#include <solv/queue.h>
#include <solv/repo.h>
#include <solv/solvable.h>
}

#include <string>

#include "base/handle.hpp"
#include "spec/nevra.hpp"

namespace bundle::rpm {

using PoolHandle = Handle<Pool, pool_free>;

/// Owner of a libsolv Queue of ids.
class IdQueue {
 public:
  IdQueue() { queue_init(&queue_); }
  ~IdQueue() { queue_free(&queue_); }
  IdQueue(const IdQueue&) = delete;
  IdQueue& operator=(const IdQueue&) = delete;

  Queue* get() { return &queue_; }
  void push(Id id) { queue_push(&queue_, id); }
  void push(Id first, Id second) { queue_push2(&queue_, first, second); }
  bool empty() const { return queue_.count == 0; }
  int size() const { return queue_.count; }
  Id operator[](int index) const { return queue_.elements[index]; }
  const Id* begin() const { return queue_.elements; }
  const Id* end() const { return queue_.elements + queue_.count; }

 private:
  Queue queue_{};
};

/// Owner of a libsolv Map, a set of small ids; grows as ids are added.
class IdSet {
 public:
  explicit IdSet(int size = 0) { map_init(&map_, size); }
  ~IdSet() { map_free(&map_); }
  IdSet(const IdSet&) = delete;
  IdSet& operator=(const IdSet&) = delete;

  /// False when it was there already.
  bool add(Id id) {
    map_grow(&map_, id + 1);
    const bool is_new = !has(id);
    map_.map[id >> 3] = static_cast<unsigned char>(map_.map[id >> 3] | (1u << (id & 7)));
    return is_new;
  }
  void remove(Id id) {
    if (id < map_.size * 8) {
      map_.map[id >> 3] = static_cast<unsigned char>(map_.map[id >> 3] & ~(1u << (id & 7)));
    }
  }
  bool has(Id id) const { return id < map_.size * 8 && MAPTST(&map_, id); }
  void fill(int size) {
    map_grow(&map_, size);
    map_setall(&map_);
  }
  Map* get() { return &map_; }

 private:
  Map map_{};
};

/// Calls `visit` with every package that provides `dependency`, hidden ones included.
template <class Visit>
void for_each_provider(Pool* pool, Id dependency, Visit&& visit) {
  Id p = 0;
  Id pp = 0;
  FOR_PROVIDES(p, pp, dependency) { visit(p); }
}

spec::Nevra nevra_of(Pool* pool, Solvable* solvable);
/// `name-[epoch:]version-release.arch`.
std::string nevra_text(Pool* pool, Id package);

}  // namespace bundle::rpm
