#include "site/upkeep.hpp"

#include "base/text.hpp"
#include "spec/site_value.hpp"

namespace bundle::site {
namespace {

constexpr std::uint64_t kMostSnapshots = 366;

void read_keep(yaml::Reader& etcd, SnapshotRule& made) {
  const yaml::Node* node = etcd.optional("keep");
  if (node == nullptr) {
    return;
  }
  const std::string text = etcd.scalar(*node, "'keep'");
  const std::uint64_t number = text.starts_with('0') ? 0 : parse_unsigned(text).value_or(0);
  if (number < 1 || number > kMostSnapshots) {
    etcd.fail_at(*node, fmt::format("keep {} is not between 1 and {}", spec::shown(text), kMostSnapshots),
                 "expected how many snapshots of etcd stay, as 7; snapshots: false takes none");
  }
  made.keep = number;
}

void read_folder(yaml::Reader& etcd, SnapshotRule& made) {
  const yaml::Node* node = etcd.optional("to");
  if (node == nullptr) {
    return;
  }
  made.folder = etcd.scalar(*node, "'to'");
  spec::require(
      etcd, *node, spec::is_data_folder(made.folder), "a folder that snapshots of etcd can have for itself",
      "one such as /var/backups/etcd: letters, digits and ._-+@, not the system's nor below one of its "
      "folders");
}

}  // namespace

void read_upkeep(yaml::Reader& reader, Site& made) {
  if (const yaml::Node* node = reader.optional("certificates")) {
    yaml::Reader certificates(*node, reader.file(), "'certificates'");
    made.renews_certificates = certificates.boolean_or("renew", true);
    certificates.done();
  }
  if (const yaml::Node* node = reader.optional("etcd")) {
    yaml::Reader etcd(*node, reader.file(), "'etcd'");
    made.snapshots.is_on = etcd.boolean_or("snapshots", true);
    read_keep(etcd, made.snapshots);
    read_folder(etcd, made.snapshots);
    etcd.done();
  }
}

}  // namespace bundle::site
