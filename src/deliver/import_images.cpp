#include "deliver/import_images.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "deliver/bundle_images.hpp"
#include "deliver/ctr.hpp"
#include "deliver/image_names.hpp"
#include "deliver/image_pull.hpp"
#include "format/image_blobs.hpp"
#include "format/index.hpp"
#include "host/state_folder.hpp"

namespace bundle::deliver {
namespace {

constexpr std::string_view kType = "images";
constexpr std::string_view kKey = "k8s.io";

json::Object to_json(const KnownImages& known) {
  json::Object rows;
  for (const auto& [name, image] : known) {
    rows.emplace(name,
                 json::Object{{"digest", image.digest}, {"usable", image.is_complete && image.is_unpacked}});
  }
  return rows;
}

const json::Object& object_of(const steps::Change& change, const std::string& key) {
  const auto member = change.before.find(key);
  const json::Object* object = member == change.before.end() ? nullptr : member->second.if_object();
  if (object == nullptr) {
    fail(ErrorKind::integrity, "the journal's change '{}' has no '{}'", change.type, key);
  }
  return *object;
}

KnownImages parse_before(const steps::Change& change) {
  KnownImages known;
  for (const auto& [name, row] : object_of(change, "names")) {
    json::Reader reader(row, "the journal's images: " + name);
    const std::string digest = reader.string("digest");
    const bool is_usable = reader.boolean_or("usable", false);
    known.emplace(name, KnownImage{.digest = digest, .is_complete = is_usable, .is_unpacked = is_usable});
  }
  return known;
}

/// The names that the bundle brings: `ours` is what an executor takes from the latest try.
const json::Object& ours_of(const steps::Change& change) { return object_of(change, "ours"); }

/// What is known of images from earlier tries.
struct Record {
  KnownImages before;             ///< of containerd, when the step first began
  json::Object ours;              ///< digests by name, of this bundle and of those before it
  std::set<std::string> on_disk;  ///< digests of images whose unpacked files a power cut cannot take
};

Record read_record(const steps::Context& context) {
  Record record;
  if (const steps::Change* change = context.captured(kType, kKey)) {
    record.before = parse_before(*change);
    record.ours = ours_of(*change);
  }
  for (const auto& [name, image] : record.before) {
    if (image.is_unpacked) {
      record.on_disk.insert(image.digest);
    }
  }
  for (const json::Value& mark : context.marks()) {
    json::Reader reader(mark, "a mark of the step images");
    const std::string digest = reader.string("digest");
    if (reader.boolean_or("on-disk", false)) {
      record.on_disk.insert(digest);
    } else {
      record.on_disk.erase(digest);
    }
  }
  return record;
}

class ImportImages final : public steps::Action {
 public:
  ImportImages(const format::VerifiedIndex& bundle, const format::PartSet& parts, spec::Roles roles)
      : bundle_(bundle),
        index_(bundle.index()),
        parts_(parts),
        roles_(std::move(roles)),
        names_(image_names(index_, roles_)) {}

  std::string describe() const override;
  json::Object inputs() const override;
  bool is_done(steps::Context& context) override;
  steps::Change capture(steps::Context& context) override;
  void apply(steps::Context& context) override;
  void verify(steps::Context& context) override;

 private:
  std::string fault_of(const ImageName& wanted, const KnownImages& known) const;
  bool is_unpacked(const KnownImage& image) const;
  std::vector<std::string> unsafe_names(const std::vector<BundleImage>& images, const Record& record,
                                        const KnownImages& known) const;
  void pin(host::Host& host, const KnownImages& known) const;

  const format::VerifiedIndex& bundle_;
  const format::Index& index_;
  const format::PartSet& parts_;
  spec::Roles roles_;
  std::vector<ImageName> names_;
};

/// What is wrong with a name in containerd; empty when all is well.
std::string ImportImages::fault_of(const ImageName& wanted, const KnownImages& known) const {
  const auto found = known.find(wanted.name);
  if (found == known.end()) {
    return "is not there";
  }
  const KnownImage& image = found->second;
  if (image.digest != wanted.digest) {
    return fmt::format("is {} instead of {}", image.digest, wanted.digest);
  }
  if (!image.is_complete) {
    return "lacks some of its blobs";
  }
  if (!is_unpacked(image)) {
    return "is not unpacked";
  }
  return image.is_pinned ? "" : "is not pinned (label io.cri-containerd.pinned)";
}

/// containerd never calls an image without a single layer unpacked, and runs it nevertheless.
bool ImportImages::is_unpacked(const KnownImage& image) const {
  return image.is_unpacked || !format::has_layers(index_, parts_, image.digest);
}

std::string ImportImages::describe() const {
  std::string text =
      "serve the images from the parts on 127.0.0.1, for as long as this step takes\n"
      "for each image: ctr -n k8s.io " +
      join(pull_words(true), " ") +
      " NAME@DIGEST\n"
      "                (before containerd 2: " +
      join(pull_words(false), " ") +
      " NAME@DIGEST)\n"
      "                ctr -n k8s.io images tag --force NAME@DIGEST NAME...\n"
      "for each name:  ctr -n k8s.io images label NAME io.cri-containerd.pinned=pinned\n";
  for (const ImageName& name : names_) {
    // A name by digest says it already.
    text += "  " + name.name + (name.name.ends_with(name.digest) ? "" : " " + name.digest) + "\n";
  }
  return text;
}

json::Object ImportImages::inputs() const {
  json::Object digests;
  for (const ImageName& name : names_) {
    digests.emplace(name.name, name.digest);
  }
  return {{"images", std::move(digests)}};
}

bool ImportImages::is_done(steps::Context& context) {
  KnownImages known;
  try {
    known = known_images(context.host);
  } catch (const Error&) {
    return false;  // no containerd yet
  }
  const Record record = read_record(context);
  return std::all_of(names_.begin(), names_.end(), [&](const ImageName& name) {
    return fault_of(name, known).empty() && record.on_disk.contains(name.digest);
  });
}

steps::Change ImportImages::capture(steps::Context& context) {
  json::Object ours = read_record(context).ours;
  for (const ImageName& name : names_) {
    ours.insert_or_assign(name.name, name.digest);
  }
  return {.type = std::string(kType),
          .key = std::string(kKey),
          .before = {{"names", to_json(known_images(context.host))}, {"ours", std::move(ours)}}};
}

/// The names of images that an import before a power cut may have left with empty files: unpacked or not,
/// nothing says that they are on disk. Also the names that containerd's CRI plugin makes up for them.
std::vector<std::string> ImportImages::unsafe_names(const std::vector<BundleImage>& images,
                                                    const Record& record, const KnownImages& known) const {
  std::set<std::string> unsafe;
  for (const BundleImage& image : images) {
    if (!record.on_disk.contains(image.digest)) {
      unsafe.insert(image.digest);
    }
  }
  std::vector<std::string> names;
  for (const auto& [name, image] : known) {
    if (unsafe.contains(image.digest) && !record.before.contains(name)) {
      names.push_back(name);
    }
  }
  return names;
}

void ImportImages::apply(steps::Context& context) {
  const std::vector<BundleImage> images = bundle_images(index_, parts_, roles_);
  const Record record = read_record(context);
  remove_images(context.host, unsafe_names(images, record, known_images(context.host)));
  std::set<std::string> digests;
  for (const BundleImage& image : images) {
    digests.merge(digests_of(image));
  }
  clear_leftovers(context.host, digests);
  const KnownImages known = known_images(context.host);
  std::vector<const BundleImage*> missing;
  for (const BundleImage& image : images) {
    const bool is_there = std::all_of(image.names.begin(), image.names.end(), [&](const std::string& name) {
      const auto found = known.find(name);
      return found != known.end() && found->second.digest == image.digest && found->second.is_complete &&
             is_unpacked(found->second);
    });
    if (!is_there) {
      missing.push_back(&image);
    }
  }
  for (const BundleImage* image : missing) {
    if (record.on_disk.contains(image->digest)) {
      context.mark(json::Object{{"digest", image->digest}, {"on-disk", false}});
    }
  }
  pull_all(context.host, bundle_, parts_, missing, [&](const BundleImage& image) {
    ::sync();
    context.mark(json::Object{{"digest", image.digest}, {"on-disk", true}});
  });
  pin(context.host, known);
}

/// Labels what was there already; pull_all does so with the others.
void ImportImages::pin(host::Host& host, const KnownImages& known) const {
  for (const ImageName& name : names_) {
    const auto found = known.find(name.name);
    if (found != known.end() && !found->second.is_pinned) {
      pin_image(host, name.name);
    }
  }
}

void ImportImages::verify(steps::Context& context) {
  constexpr std::size_t kMostShown = 10;
  const KnownImages known = known_images(context.host);
  std::vector<std::string> faults;
  for (const ImageName& name : names_) {
    if (const std::string fault = fault_of(name, known); !fault.empty()) {
      faults.push_back("  " + name.name + " " + fault);
    }
  }
  if (!faults.empty()) {
    const std::size_t count = faults.size();
    faults.resize(std::min(count, kMostShown));
    throw Error(ErrorKind::step,
                fmt::format("containerd does not have {} of {} image names as the bundle says:\n{}", count,
                            names_.size(), join(faults, "\n")),
                "look with `ctr -n k8s.io images check`; the same install again imports what is missing");
  }
}

}  // namespace

std::unique_ptr<steps::Action> import_images(const format::VerifiedIndex& bundle,
                                             const format::PartSet& parts, const spec::Roles& roles) {
  return std::make_unique<ImportImages>(bundle, parts, roles);
}

void undo_images(host::Host& host, const steps::Change& change) {
  const KnownImages before = parse_before(change);
  const KnownImages known = known_images(host);
  const std::set<std::string> in_use = digests_in_use(host, known);
  std::set<std::string> removed_digests;
  std::vector<std::string> names;
  for (const auto& [name, digest] : ours_of(change)) {
    const auto found = known.find(name);
    if (found == known.end() || before.contains(name)) {
      continue;
    }
    if (json::Value(found->second.digest) != digest) {
      host.log.warn(
          fmt::format("left the image {}: it is {} now, not the bundle's", name, found->second.digest));
    } else if (in_use.contains(found->second.digest)) {
      host.log.warn(fmt::format("left the image {}: a container runs from it", name));
    } else {
      names.push_back(name);
      removed_digests.insert(found->second.digest);
    }
  }
  // containerd's CRI plugin names each image by its config as well, which would keep its content.
  for (const auto& [name, image] : known) {
    if (name.starts_with("sha256:") && removed_digests.contains(image.digest) && !before.contains(name)) {
      names.push_back(name);
    }
  }
  remove_images(host, names);
  std::filesystem::remove_all(host.at(host::kPullHosts));
}

}  // namespace bundle::deliver
