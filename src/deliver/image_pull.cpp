#include "deliver/image_pull.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/partial_file.hpp"
#include "base/toml.hpp"
#include "deliver/ctr.hpp"
#include "host/state_folder.hpp"
#include "serve/loopback.hpp"

namespace bundle::deliver {
namespace {

/// While one is unpacked others are fetched.
constexpr std::size_t kPullsAtOnce = 3;
constexpr std::size_t kBufferBytes = 1 << 20;
constexpr std::chrono::hours kLongestPull{3};

/// Where containerd finds the registry, whatever the image's own one is. The folder has the registry's secret
/// path in it, and is gone with this object.
class HostsFolder {
 public:
  HostsFolder(const host::Host& host, const std::string& url) : folder_(host.at(host::kPullHosts)) {
    constexpr unsigned kMode = 0600;
    const std::string place = url + "/v2";
    json::Object document{{"server", place}, {"override_path", true}};
    json::Object asked{{"capabilities", json::Array{"pull", "resolve"}}, {"override_path", true}};
    document["host"] = json::Object{{place, std::move(asked)}};
    PartialFile made(folder_ / "_default/hosts.toml");
    made.write(as_bytes(toml::document(document)));
    made.commit(kMode);
  }
  ~HostsFolder() {
    std::error_code gone;
    std::filesystem::remove_all(folder_, gone);
  }
  HostsFolder(const HostsFolder&) = delete;
  HostsFolder& operator=(const HostsFolder&) = delete;

 private:
  std::filesystem::path folder_;
};

class Puller {
 public:
  Puller(host::Host& host, const format::VerifiedIndex& bundle, const format::PartSet& parts,
         const std::vector<const BundleImage*>& images,
         const std::function<void(const BundleImage&)>& finished)
      : host_(host),
        parts_(parts),
        images_(images),
        finished_(finished),
        media_(bundle, parts),
        registry_(media_, [&](std::uint64_t bytes) { host_.progress.advance(bytes); }),
        hosts_(host, registry_.url()),
        words_(pull_words(can_skip_metadata(host))) {}

  void run() {
    known_ = known_blobs(host_);
    std::set<std::string> known = known_;
    std::uint64_t total = 0;
    for (const BundleImage* image : images_) {
      total += missing_bytes(*image, known);
      known.merge(digests_of(*image));
    }
    const ProgressTask task(host_.progress, "importing images", total);
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < std::min(kPullsAtOnce, images_.size()); ++i) {
        threads.emplace_back([this] { pull_some(); });
      }
    }
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

 private:
  /// Null when there are no more, or one has failed.
  const BundleImage* next() {
    const std::lock_guard lock(mutex_);
    return failure_ || next_ == images_.size() ? nullptr : images_[next_++];
  }

  void pull_some() {
    try {
      while (const BundleImage* image = next()) {
        check_interrupt();
        host_.log.detail("importing " + image->ref);
        with_context("importing " + image->ref, [&] { pull(*image); });
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) {
        failure_ = std::current_exception();
      }
    }
  }

  void pull(const BundleImage& image) {
    const std::string by_digest = *std::ranges::find_if(
        image.names, [&](const std::string& name) { return name.ends_with("@" + image.digest); });
    std::vector<std::string> words = words_;
    words.push_back(by_digest);
    Command command = ctr(std::move(words), kLongestPull);
    command.keeps_output = false;
    if (const CommandResult result = host_.runner.run(command); result.status != 0) {
      explain(image, result.err);
      fail_ctr(host_, command, result, still_missing(image));
    }
    name(image, by_digest);
    learn(image);
    const std::lock_guard lock(finishing_);
    finished_(image);
  }

  void learn(const BundleImage& image) {
    const std::lock_guard lock(mutex_);
    known_.merge(digests_of(image));
  }

  std::uint64_t still_missing(const BundleImage& image) {
    const std::lock_guard lock(mutex_);
    return missing_bytes(image, known_);
  }

  /// Throws what is wrong with the parts, if that is why: a blob that could not be read, or one that
  /// containerd complains of and that has another digest. Does nothing when they are as they should be.
  void explain(const BundleImage& image, std::string_view complaint) const {
    try {
      for (const format::Entry* blob : image.blobs) {
        registry_.rethrow_fault(digest_of(*blob));
        if (is_refused(*blob, complaint)) {
          check(*blob);
        }
      }
    } catch (Error& error) {
      if (error.kind() != ErrorKind::interrupted) {
        error.set_hint(
            "nothing of this image was used; put the stick back in or copy the part anew (`bundle verify` "
            "names what is bad), then run the same install again: it goes on where it stopped");
      }
      throw;
    }
  }

  /// Source: containerd content/local/writer.go, Commit: `unexpected commit digest A, expected B`, or its
  /// size.
  static bool is_refused(const format::Entry& blob, std::string_view complaint) {
    return complaint.find("unexpected commit") != std::string_view::npos &&
           complaint.find(blob.sha256) != std::string_view::npos;
  }

  void check(const format::Entry& blob) const {
    std::vector<std::byte> buffer(kBufferBytes);
    stream_entry(parts_, blob, buffer, [](Bytes) {});
  }

  void name(const BundleImage& image, const std::string& pulled) const {
    std::vector<std::string> words = {"images", "tag", "--force", pulled};
    std::ranges::copy_if(image.names, std::back_inserter(words),
                         [&](const std::string& name) { return name != pulled; });
    if (words.size() > 4) {
      const Command command = ctr(std::move(words));
      if (const CommandResult result = host_.runner.run(command); result.status != 0) {
        fail_ctr(host_, command, result, 0);
      }
    }
    for (const std::string& name : image.names) {
      pin_image(host_, name);
    }
  }

  host::Host& host_;
  const format::PartSet& parts_;
  const std::vector<const BundleImage*>& images_;
  const std::function<void(const BundleImage&)>& finished_;
  serve::Media media_;
  serve::Loopback registry_;
  HostsFolder hosts_;
  std::vector<std::string> words_;
  std::mutex finishing_;         // of calls of finished_, which may take long
  std::mutex mutex_;             // of what follows
  std::set<std::string> known_;  ///< digests of the blobs that containerd has
  std::size_t next_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

std::vector<std::string> pull_words(bool can_skip_metadata) {
  std::vector<std::string> words = {"images",     "pull",       "--hosts-dir", std::string(host::kPullHosts),
                                    "--platform", "linux/amd64"};
  // containerd 1 fetches all layers of an image at once unless it is told; 2 is not, and takes three.
  for (const char* word :
       can_skip_metadata ? std::vector{"--skip-metadata"} : std::vector{"--max-concurrent-downloads", "3"}) {
    words.emplace_back(word);
  }
  return words;
}

void pull_all(host::Host& host, const format::VerifiedIndex& bundle, const format::PartSet& parts,
              const std::vector<const BundleImage*>& images,
              const std::function<void(const BundleImage&)>& finished) {
  if (!images.empty()) {
    Puller(host, bundle, parts, images, finished).run();
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
