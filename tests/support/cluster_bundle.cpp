#include "support/cluster_bundle.hpp"

#include <array>

#include "base/fs.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "support/small_bundle.hpp"

namespace bundle::test {
namespace {

constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";

constexpr std::array kImages = {"docker.io/library/busybox:1.37",
                                "ghcr.io/flannel-io/flannel:v0.28.4",
                                "quay.io/metallb/controller:v0.16.1",
                                "registry.k8s.io/coredns/coredns:v1.12.1",
                                "registry.k8s.io/etcd:3.6.5-0",
                                "registry.k8s.io/kube-apiserver:v1.34.3",
                                "registry.k8s.io/kube-controller-manager:v1.34.3",
                                "registry.k8s.io/kube-proxy:v1.34.3",
                                "registry.k8s.io/kube-scheduler:v1.34.3",
                                "registry.k8s.io/pause:3.10.1"};

json::Object descriptor(const std::string& content, std::string_view type) {
  return {{"mediaType", type},
          {"digest", "sha256:" + sha256_hex(content)},
          {"size", std::uint64_t{content.size()}}};
}

std::string image_manifest() {
  return json::canonical(
      json::Object{{"schemaVersion", 2},
                   {"config", descriptor("{}", "application/vnd.oci.image.config.v1+json")},
                   {"layers", json::Array{descriptor("layer", "application/vnd.oci.image.layer.v1.tar")}}});
}

std::string layerless_manifest() {
  return json::canonical(
      json::Object{{"schemaVersion", 2},
                   {"config", descriptor("{}", "application/vnd.oci.image.config.v1+json")},
                   {"layers", json::Array{}}});
}

/// References and manifests.
std::vector<std::pair<std::string, std::string>> images_of(const ClusterBundleOptions& options) {
  std::vector<std::pair<std::string, std::string>> images;
  for (const char* ref : kImages) {
    images.emplace_back(ref, image_manifest());
  }
  if (options.has_layerless) {
    images.emplace(images.begin() + 1, "ghcr.io/field/layerless:1", layerless_manifest());
  }
  return images;
}

std::string layout_index(const ClusterBundleOptions& options) {
  json::Array rows;
  for (const auto& [ref, manifest] : images_of(options)) {
    json::Object row = descriptor(manifest, kManifestType);
    row["annotations"] = json::Object{{"io.containerd.image.name", ref}};
    rows.push_back(std::move(row));
  }
  return json::canonical(json::Object{{"manifests", std::move(rows)}});
}

std::map<std::string, std::string> contents_of(const ClusterBundleOptions& options) {
  std::map<std::string, std::string> contents{
      {"bin/helm", "helm"},
      {"charts/hello-0.3.0.tgz", "hello"},
      {"charts/metallb-0.16.1.tgz", "metallb"},
      {"charts/metallb-values.yaml", options.values},
      {"files/model.gguf", "model"},
      {"files/motd", "welcome\n"},
      {"index.json", layout_index(options)},
      {"manifests/flannel/kube-flannel.yml", options.manifest},
      {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"},
      {"rpms/by-index/repodata/repomd.xml", "by-index"},
      {"rpms/keys/baseos-567E347AD0044ADE55BA8A5F199E2F91FD431D51.asc", "key"},
      {"rpms/signed/repodata/repomd.xml", "signed"}};
  for (const std::string& blob : {image_manifest(), std::string("{}"), std::string("layer")}) {
    contents["blobs/sha256/" + sha256_hex(blob)] = blob;
  }
  if (options.has_layerless) {
    contents["blobs/sha256/" + sha256_hex(layerless_manifest())] = layerless_manifest();
  }
  for (const char* name :
       {"chrony-4.5-1.el8.x86_64", "containerd.io-1.7.28-1.el8.x86_64", "kubelet-1.34.3-1.x86_64",
        "libx-1-1.el8.x86_64", "nvidia-container-toolkit-1.17.4-1.x86_64"}) {
    contents[std::string("rpms/signed/") + name + ".rpm"] = name;
  }
  if (options.has_kubeadm) {
    contents["rpms/signed/kubeadm-1.34.3-1.x86_64.rpm"] = "kubeadm";
  }
  return contents;
}

format::Rpm rpm(const std::string& nevra, const std::string& why, const format::Roles& roles = {}) {
  return {.nevra = nevra,
          .path = "rpms/signed/" + nevra + ".rpm",
          .repository = "baseos",
          .roles = roles,
          .trust = "header",
          .why = {why}};
}

json::Array health_of(const std::string& kind, const std::string& space, const std::string& name) {
  return {json::Object{{"kind", kind}, {"name", name}, {"namespace", space}}};
}

void add_packages(format::Index& index, const ClusterBundleOptions& options) {
  index.rpms = {
      rpm("chrony-4.5-1.el8.x86_64", "roles: master > chrony"),
      rpm("containerd.io-1.7.28-1.el8.x86_64", "components.containerd > containerd.io-1.7.28*"),
      rpm("kubelet-1.34.3-1.x86_64", "components.kubernetes > kubelet-1.34.3*"),
      rpm("libx-1-1.el8.x86_64", "components.containerd > containerd.io-1.7.28* > libx.so of containerd.io"),
      rpm("nvidia-container-toolkit-1.17.4-1.x86_64",
          "components.nvidia-container-toolkit > nvidia-container-toolkit", {"gpu"})};
  if (options.has_kubeadm) {
    index.rpms.insert(index.rpms.begin() + 2,
                      rpm("kubeadm-1.34.3-1.x86_64", "components.kubernetes > kubeadm-1.34.3*"));
  }
}

void add_components(format::Index& index, bool has_gpu_toolkit) {
  index.components = {
      {.name = "containerd", .version = "1.7.28", .apply = "master"},
      {.name = "flannel",
       .version = "v0.28.4",
       .needs = {"kubernetes"},
       .apply = "master",
       .health = health_of("DaemonSet", "kube-flannel", "kube-flannel-ds"),
       .network = spec::PodNetwork{.pod_subnet = "10.244.0.0/16",
                                   .links = {"cni0", "flannel*"},
                                   .chains = {"FLANNEL-"},
                                   .folders = {"/run/flannel"}},
       .ports = {.nodes = {{.first = 8472, .last = 8472, .transport = spec::Transport::udp}}}},
      {.name = "helm", .version = "v3.18.0", .apply = "master"},
      {.name = "kubernetes",
       .version = "v1.34.3",
       .needs = {"containerd"},
       .apply = "master",
       .health = health_of("Deployment", "kube-system", "coredns")},
      {.name = "metallb",
       .version = "0.16.1",
       .needs = {"helm", "kubernetes"},
       .apply = "master",
       .health = health_of("Deployment", "metallb-system", "metallb-controller"),
       .pod_security = "privileged"}};
  if (has_gpu_toolkit) {
    index.components.push_back({.name = "nvidia-container-toolkit", .version = "1.17.4", .apply = "master"});
  }
}

void add_lists(format::Index& index, const ClusterBundleOptions& options) {
  add_packages(index, options);
  add_components(index, options.has_gpu_toolkit);
  for (const auto& [ref, manifest] : images_of(options)) {
    index.images.push_back({.ref = ref,
                            .digest = "sha256:" + sha256_hex(manifest),
                            .platform = "linux/amd64",
                            .size_bytes = 7,
                            .why = {"kubernetes v1.34.3"}});
  }
  index.charts = {{.name = "hello",
                   .version = "0.3.0",
                   .path = "charts/hello-0.3.0.tgz",
                   .release = "hello",
                   .namespace_ = "demo",
                   .why = {"charts: hello"}},
                  {.name = "metallb",
                   .version = "0.16.1",
                   .path = "charts/metallb-0.16.1.tgz",
                   .release = "metallb",
                   .namespace_ = "metallb-system",
                   .values = {"charts/metallb-values.yaml"},
                   .component = "metallb",
                   .why = {"metallb 0.16.1"}}};
  index.files = {
      {.path = "files/model.gguf",
       .to = "/data/models/model.gguf",
       .roles = {"gpu"},
       .url = "https://files.example/model.gguf"},
      {.path = "files/motd", .to = "/etc/motd", .mode = 0644, .url = "https://files.example/motd"}};
  index.manifests = {
      {.path = "manifests/flannel/kube-flannel.yml", .component = "flannel", .source = "kube-flannel.yml"}};
}

format::VerifiedIndex verified_at(const std::filesystem::path& folder) {
  const std::string text = read_file(folder / format::kIndexName, format::kMaxIndexBytes);
  return format::verify_index({folder}, {.expected_sha256 = sha256_hex(text)});
}

std::filesystem::path made_at(const std::filesystem::path& parent, const ClusterBundleOptions& options) {
  SmallBundleOptions small{.name = "site", .contents = contents_of(options)};
  small.version = options.version;
  small.target = "rocky-9.4";
  small.add_lists = [&](format::Index& index) { add_lists(index, options); };
  return make_bundle(parent, small, {}).folder;
}

}  // namespace

ClusterBundle::ClusterBundle(const std::filesystem::path& parent, const ClusterBundleOptions& options)
    : folder(made_at(parent, options)), verified(verified_at(folder)) {}

cluster::Opened ClusterBundle::opened(const site::Site& site, const cluster::ThisNode& node) const {
  std::vector<Finding> findings;
  return {.verified = verified,
          .parts = format::PartSet(index(), {folder}, findings),
          .site = site,
          .node = node};
}

}  // namespace bundle::test
