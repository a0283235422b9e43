#pragma once

#include <atomic>

#include "build/fill_journal.hpp"
#include "build/region.hpp"
#include "build/reuse.hpp"
#include "build/source.hpp"
#include "build/world.hpp"

namespace bundle::build {

/// Brings one entry's bytes into its region, from where an earlier run stopped, from an earlier bundle or
/// from its source, and checks the digest. Safe from several threads for different entries.
class EntryWriter {
 public:
  EntryWriter(World& world, FillJournal& journal, const ReuseIndex& earlier)
      : world_(world), journal_(journal), earlier_(earlier) {}

  /// Throws Error(integrity) when what came has another digest or size. Once one has thrown, transfers of the
  /// others end as well: the error is not to wait for 30 GiB that the next run continues anyway.
  void write(std::size_t number, const PlannedEntry& entry, const Region& region);

  /// Says how much came from where.
  void report(Log& log) const;

 private:
  void bring(std::size_t number, const PlannedEntry& entry, const Region& region);
  bool take_from_earlier_bundle(std::size_t number, const PlannedEntry& entry, const Region& region);
  void fetch(std::size_t number, const PlannedEntry& entry, const Region& region, std::uint64_t from);
  void write_local(const PlannedEntry& entry, const Region& region);

  World& world_;
  FillJournal& journal_;
  const ReuseIndex& earlier_;
  std::atomic<bool> has_failed_{false};
  std::atomic<std::uint64_t> kept_bytes_{0};
  std::atomic<std::uint64_t> reused_bytes_{0};
  std::atomic<std::uint64_t> fetched_bytes_{0};
};

}  // namespace bundle::build
