#include "host/facts_json.hpp"

#include <filesystem>

#include "host/facts.hpp"
#include "host/private_rpmdb.hpp"
#include "host/rpmdb.hpp"

namespace bundle::host {
namespace {

json::Array text_array(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

json::Array disks_json(const Host& host) {
  json::Array rows;
  for (const Disk& disk : host_disks(host)) {
    rows.push_back(json::Object{{"model", disk.model},
                                {"name", disk.name},
                                {"rotating", disk.is_rotating},
                                {"size", disk.size_bytes}});
  }
  return rows;
}

json::Array mounts_json(const Host& host) {
  json::Array rows;
  for (const Mount& mount : host_mounts(host)) {
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(host.at(mount.folder), error);
    if (mount.source.starts_with('/') && !error) {
      rows.push_back(json::Object{{"folder", mount.folder},
                                  {"free", std::uint64_t{space.available}},
                                  {"size", std::uint64_t{space.capacity}},
                                  {"source", mount.source},
                                  {"type", mount.type}});
    }
  }
  return rows;
}

json::Array gpus_json(const Host& host) {
  json::Array rows;
  for (const Gpu& gpu : host_gpus(host)) {
    rows.push_back(json::Object{{"address", gpu.address},
                                {"device", gpu.device},
                                {"driver", gpu.driver},
                                {"driver_version", gpu.driver_version}});
  }
  return rows;
}

json::Array addresses_json(const Host& host) {
  json::Array rows;
  for (const HostAddress& address : host_addresses(host)) {
    rows.push_back(json::Object{{"address", spec::format_ipv4(address.network.address)},
                                {"interface", address.interface},
                                {"prefix", std::uint64_t{address.network.prefix}}});
  }
  return rows;
}

}  // namespace

json::Object collect_facts(const Host& host) {
  const OsRelease os = os_release(host);
  const Cpu cpu = host_cpu(host);
  const PrivateRpmdb rpmdb(host);
  return {{"addresses", addresses_json(host)},
          {"arch", host_arch(host)},
          {"cpu", json::Object{{"count", cpu.count}, {"model", cpu.model}}},
          {"disks", disks_json(host)},
          {"gpus", gpus_json(host)},
          {"hostname", host_name(host)},
          {"kernel", kernel_release(host)},
          {"memory", memory_bytes(host)},
          {"modules", text_array(enabled_modules(host))},
          {"mounts", mounts_json(host)},
          {"os", json::Object{{"id", os.id}, {"name", os.pretty_name}, {"version", os.version_id}}},
          {"packages", text_array(rpmdb_packages(host, rpmdb.folder()))}};
}

}  // namespace bundle::host
