#include "deliver/image_import.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "deliver/ctr.hpp"
#include "format/index.hpp"

namespace bundle::deliver {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
/// How long ctr may take nothing of its input, or think about the end of it.
constexpr std::chrono::minutes kStall{10};
constexpr std::chrono::hours kLongestUnpack{3};

/// Images that wait to be unpacked.
class Queue {
 public:
  void push(const BundleImage& image) {
    const std::lock_guard lock(mutex_);
    images_.push_back(&image);
    changed_.notify_all();
  }
  /// No more will come.
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
  }
  bool is_closed() {
    const std::lock_guard lock(mutex_);
    return is_closed_;
  }
  /// Null at the end.
  const BundleImage* pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_closed_ || !images_.empty(); });
    if (images_.empty()) {
      return nullptr;
    }
    const BundleImage* image = images_.front();
    images_.pop_front();
    return image;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<const BundleImage*> images_;
  bool is_closed_ = false;
};

class Importer {
 public:
  Importer(host::Host& host, const format::PartSet& parts, const std::vector<const BundleImage*>& images,
           const std::function<void(const BundleImage&)>& finished)
      : host_(host), parts_(parts), images_(images), finished_(finished), known_(known_blobs(host)) {
    import_words_ = {"images", "import", "--platform", "linux/amd64", "--no-unpack"};
    if (has_local_import(host)) {
      import_words_.emplace_back("--local");
    }
    import_words_.emplace_back("-");
  }

  void run() {
    std::set<std::string> known = known_;
    std::uint64_t total = 0;
    for (const BundleImage* image : images_) {
      total += missing_bytes(*image, known);
      add_blobs(*image, known);
    }
    const ProgressTask task(host_.progress, "importing images", total);
    // One thread reads the stick, the other has containerd unpack what came before.
    std::thread unpacking([&] { keep_failure([&] { finish_all(); }); });
    keep_failure([&] { send_all(); });
    unpacking.join();
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

 private:
  static void add_blobs(const BundleImage& image, std::set<std::string>& digests) {
    for (const format::Entry* entry : image.blobs) {
      digests.insert("sha256:" + entry->sha256);
    }
  }

  /// Runs one side; the first failure of the two is the one that counts, and no more images are sent after
  /// it.
  void keep_failure(const std::function<void()>& side) {
    try {
      side();
    } catch (...) {
      const std::lock_guard lock(failure_mutex_);
      if (!failure_) {
        failure_ = std::current_exception();
      }
      waiting_.close();
    }
  }

  void send_all() {
    std::vector<std::byte> buffer(kBufferBytes);
    for (const BundleImage* image : images_) {
      if (waiting_.is_closed()) {
        return;  // the other thread failed, and says why
      }
      host_.log.detail("importing " + image->ref);
      with_context("importing " + image->ref, [&] { send(*image, buffer); });
      add_blobs(*image, known_);
      waiting_.push(*image);
    }
    waiting_.close();
  }

  void send(const BundleImage& image, std::span<std::byte> buffer) {
    const Command command = ctr(import_words_, kStall);
    CommandResult result;
    try {
      result = host_.runner.run_fed(command, [&](const auto& write) {
        stream_image(parts_, image, known_, buffer, [&](Bytes bytes) {
          if (waiting_.is_closed()) {
            fail(ErrorKind::step, "given up, since unpacking failed");
          }
          write(bytes);
          host_.progress.advance(bytes.size());
        });
      });
    } catch (Error& error) {
      if (error.kind() == ErrorKind::integrity) {
        error.set_hint(
            "nothing of this image was used; put the stick back in or copy the part anew (`bundle verify` "
            "names what "
            "is bad), then run the same install again: it goes on where it stopped");
      }
      throw;
    }
    if (result.status != 0) {
      fail_ctr(host_, command, result, missing_bytes(image, known_));
    }
  }

  void finish_all() {
    while (const BundleImage* image = waiting_.pop()) {
      check_interrupt();
      with_context("unpacking " + image->ref, [&] { unpack(*image); });
      for (const std::string& name : image->names) {
        pin_image(host_, name);
      }
      finished_(*image);
    }
  }

  void unpack(const BundleImage& image) {
    const Command command = ctr({"snapshots", "unpack", image.digest}, kLongestUnpack);
    const CommandResult result = host_.runner.run(command);
    if (result.status != 0) {
      fail_ctr(host_, command, result, 0);
    }
  }

  host::Host& host_;
  const format::PartSet& parts_;
  const std::vector<const BundleImage*>& images_;
  const std::function<void(const BundleImage&)>& finished_;
  std::set<std::string> known_;  ///< digests of the blobs that containerd has; of the sending thread
  std::vector<std::string> import_words_;
  Queue waiting_;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
};

}  // namespace

void import_all(host::Host& host, const format::PartSet& parts, const std::vector<const BundleImage*>& images,
                const std::function<void(const BundleImage&)>& finished) {
  if (!images.empty()) {
    Importer(host, parts, images, finished).run();
  }
}

void pin_image(const host::Host& host, const std::string& name) {
  const Command command = ctr({"images", "label", name, "io.cri-containerd.pinned=pinned"});
  const CommandResult result = host.runner.run(command);
  if (result.status != 0) {
    with_context("pinning " + name, [&] { fail_ctr(host, command, result, 0); });
  }
}

}  // namespace bundle::deliver
