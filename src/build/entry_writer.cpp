#include "build/entry_writer.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "build/receiver.hpp"

namespace bundle::build {
namespace {

[[noreturn]] void fail_digest(const PlannedEntry& entry, const std::string& found,
                              std::uint64_t found_bytes) {
  throw Error(
      ErrorKind::integrity,
      fmt::format("{} is not what was locked: expected {} bytes with sha256 {}, found {} bytes with {}",
                  entry.path.str(), entry.size_bytes, entry.sha256, found_bytes, found),
      "the upstream delivered something else; run again, and if it stays so: bundle lock --update");
}

/// Asks the entry's upstream for its bytes from `from` on.
void request(const PlannedEntry& entry, std::uint64_t from, World& world, const net::BodySink& sink) {
  if (const auto* registry = std::get_if<FromRegistry>(&entry.source)) {
    const oci::Blob blob{
        .digest = spec::Digest::of_hex(entry.sha256), .size_bytes = entry.size_bytes, .media_type = ""};
    if (registry->is_document) {
      const std::string document =
          world.registry.fetch_document(registry->reference, blob.digest, entry.size_bytes);
      sink(as_bytes(document), 0);
    } else {
      world.registry.fetch_blob(registry->reference, blob, from, sink);
    }
  } else {
    try {
      world.fetcher.stream(std::get<FromUrl>(entry.source).url, from, entry.size_bytes, sink);
    } catch (const Error& error) {
      throw store::gone(error);
    }
  }
}

}  // namespace

void EntryWriter::write(std::size_t number, const PlannedEntry& entry, const Region& region) {
  try {
    bring(number, entry, region);
  } catch (...) {
    has_failed_ = true;
    throw;
  }
}

void EntryWriter::bring(std::size_t number, const PlannedEntry& entry, const Region& region) {
  const std::uint64_t written = std::min(journal_.written(number), entry.size_bytes);
  if (written == entry.size_bytes) {  // an empty entry is finished before it begins
    Hasher hasher;
    if (region.hash(hasher, written) && hasher.finish_hex() == entry.sha256) {
      kept_bytes_ += written;
      world_.progress.advance(written);
      return;
    }
  }
  const bool is_local =
      std::holds_alternative<FromFile>(entry.source) || std::holds_alternative<FromMemory>(entry.source);
  if (is_local) {
    write_local(entry, region);
  } else {
    const bool is_earlier = earlier_.size_bytes(entry.sha256) == entry.size_bytes;
    if (!is_earlier || !take_from_earlier_bundle(number, entry, region)) {
      const std::uint64_t kept = is_earlier ? 0 : written;  // a damaged copy lies over what was written
      with_context("fetching " + entry.path.str(), [&] { fetch(number, entry, region, kept); });
    }
  }
  journal_.record(number, entry.size_bytes);
}

void EntryWriter::fetch(std::size_t number, const PlannedEntry& entry, const Region& region,
                        std::uint64_t from) {
  std::string found;
  for (const std::uint64_t begin : {from, std::uint64_t{0}}) {
    Receiver receiver(number, entry, region, journal_, world_.progress);
    // A whole entry on disk with another digest is spoilt: nothing of it is worth keeping.
    receiver.take_over(begin == entry.size_bytes ? 0 : begin);
    kept_bytes_ += receiver.position();
    const std::uint64_t before = receiver.position();
    request(entry, before, world_, [&](Bytes bytes, std::uint64_t offset) {
      if (has_failed_) {
        fail(ErrorKind::interrupted, "given up, because another entry failed");
      }
      receiver.receive(bytes, offset);
    });
    fetched_bytes_ += receiver.position() - std::min(before, receiver.position());
    if (receiver.is_right(found)) {
      return;
    }
    if (before == 0) {  // all of it came from the upstream, so it is the upstream's fault
      fail_digest(entry, found, receiver.position());
    }
  }
  fail_digest(entry, found, entry.size_bytes);
}

bool EntryWriter::take_from_earlier_bundle(std::size_t number, const PlannedEntry& entry,
                                           const Region& region) {
  Receiver receiver(number, entry, region, journal_, world_.progress);
  const bool is_whole = earlier_.read(
      entry.sha256, [&](Bytes bytes, std::uint64_t offset) { receiver.receive(bytes, offset); });
  std::string found;
  if (!is_whole || !receiver.is_right(found)) {
    world_.log.warn(
        fmt::format("{} is damaged in the bundle given with --reuse, and is fetched", entry.path.str()));
    journal_.record(number, 0);
    return false;
  }
  reused_bytes_ += entry.size_bytes;
  return true;
}

void EntryWriter::write_local(const PlannedEntry& entry, const Region& region) {
  Hasher hasher;
  std::uint64_t position = 0;
  const auto put = [&](Bytes bytes) {
    region.write(bytes, position);
    hasher.update(bytes);
    position += bytes.size();
    world_.progress.advance(bytes.size());
  };
  if (const auto* memory = std::get_if<FromMemory>(&entry.source)) {
    put(as_bytes(memory->bytes));
  } else {
    std::vector<std::byte> buffer(1 << 20);
    stream_file(std::get<FromFile>(entry.source).path, entry.size_bytes, buffer, put);
  }
  if (const std::string found = hasher.finish_hex(); position != entry.size_bytes || found != entry.sha256) {
    fail_digest(entry, found, position);
  }
}

void EntryWriter::report(Log& log) const {
  log.info(fmt::format("fetched {}, took {} from earlier bundles, kept {} of an interrupted build",
                       format_size(fetched_bytes_), format_size(reused_bytes_), format_size(kept_bytes_)));
}

}  // namespace bundle::build
