#pragma once

#include "support/fakes/arguments.hpp"
#include "support/fakes/content_store.hpp"
#include "support/fakes/fake_program.hpp"
#include "support/fakes/host_folder.hpp"

namespace bundle::test {

/// ctr in the namespace k8s.io, with the containerd behind it.
class FakeCtr final : public FakeProgram {
 public:
  struct Image {
    std::string digest;
    bool is_complete = true;  ///< all its blobs are there
    bool is_unpacked = true;
    std::map<std::string, std::string> labels;
    std::string type = "application/vnd.oci.image.manifest.v1+json";
  };
  struct Lease {
    std::map<std::string, std::string> labels;  ///< one with an end has `containerd.io/gc.expire`
    std::set<std::string> digests;              ///< blobs that it holds
  };

  explicit FakeCtr(const HostFolder& files) : files_(files) {}

  void answer(FakeRunner& runner) override;
  void describe(WorldState& state) const override;
  /// Drops blobs that no image and no lease holds.
  void collect_garbage();

  std::function<bool()> is_running = [] { return true; };
  std::map<std::string, Image> images;
  ContentStore content;
  std::map<std::string, Lease> leases;
  std::map<std::string, std::string> containers;  ///< the name of the image by id
  std::map<std::string, std::string> tasks;       ///< RUNNING or STOPPED by id
  std::string root = "/var/lib/containerd/io.containerd.content.v1.content";
  bool skips_metadata = true;  ///< `images pull --skip-metadata`, of containerd 2
  bool names_configs = true;   ///< containerd's CRI plugin adds a name by the configuration's digest
  std::string unpack_error;    ///< when not empty, unpacking fails with it

 private:
  class Pull;

  CommandResult reply(const Command& command);
  CommandResult reply_images(const Command& command, const Arguments& arguments);
  CommandResult reply_leases(const Command& command, const Arguments& arguments);
  CommandResult reply_tasks(const Command& command, const Arguments& arguments);
  CommandResult check_images() const;
  CommandResult list_images(const Command& command, const Arguments& arguments);
  CommandResult pull_image(const Command& command, const Arguments& arguments);
  CommandResult tag_image(const Arguments& arguments);
  CommandResult label_image(const Command& command, const Arguments& arguments);
  CommandResult remove_images(const Arguments& arguments);
  void keep_name(const std::string& name, Image image);

  const HostFolder& files_;
};

}  // namespace bundle::test
