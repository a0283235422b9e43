#include <algorithm>
#include <array>

#include "base/fs.hpp"
#include "base/text.hpp"
#include "host/facts.hpp"
#include "preflight/inspection.hpp"
#include "signing/certificate.hpp"

namespace bundle::preflight {
namespace {

/// The OS that a bundle is for: `rhel-8.10` is {rhel, 8, 10}.
struct OsVersion {
  std::string id;
  std::string major;
  std::string minor;  ///< empty: any
};

OsVersion version_of(std::string id, std::string_view version) {
  const std::vector<std::string_view> numbers = split(version, '.');
  return {.id = id == "centos-stream" ? "centos" : std::move(id),
          .major = std::string(numbers.front()),
          .minor = numbers.size() > 1 ? std::string(numbers[1]) : std::string()};
}

OsVersion target_os(const std::string& target) {
  const std::size_t dash = target.rfind('-');
  return dash == std::string::npos ? version_of(target, "")
                                   : version_of(target.substr(0, dash), target.substr(dash + 1));
}

/// Red Hat Enterprise Linux and its rebuilds take each other's packages within a major version.
/// ID and ID_LIKE: Rocky "rhel centos fedora", Alma "rhel centos fedora", Oracle "fedora" (ID="ol"), Stream
/// "rhel fedora".
bool is_enterprise_linux(const host::OsRelease& os) {
  constexpr std::array kIds = {"rhel", "rocky", "almalinux", "ol", "centos"};
  const bool is_known = std::find(kIds.begin(), kIds.end(), os.id) != kIds.end();
  return is_known || std::find(os.id_like.begin(), os.id_like.end(), "rhel") != os.id_like.end();
}

void check_target(Inspection& look) {
  const OsVersion want = target_os(look.index.target);
  const OsVersion have = version_of(look.os.id, look.os.version_id);
  const std::string seen = look.os.pretty_name.empty() ? "an unknown system" : look.os.pretty_name;
  const std::string fix = fmt::format("build a bundle with target.os for this host, or install {} {}{}",
                                      want.id, want.major, want.minor.empty() ? "" : "." + want.minor);
  if (!is_enterprise_linux(look.os)) {
    look.error(
        "other-os",
        fmt::format("this host runs {} (ID={}), the bundle is for {}", seen, look.os.id, look.index.target),
        fix);
  } else if (have.major != want.major) {
    look.error(
        "other-os-major",
        fmt::format("this host runs {}, the bundle is for {}: RPMs of another major version do not fit", seen,
                    look.index.target),
        fix);
  } else if (have.id != want.id) {
    look.warning("other-os-clone",
                 fmt::format("this host runs {}, the bundle was resolved for {}", seen, look.index.target),
                 "go on if the transaction test below finds nothing; else " + fix);
  } else if (!want.minor.empty() && !have.minor.empty() && have.minor != want.minor) {
    look.warning("other-os-minor",
                 fmt::format("this host runs {}, the bundle was resolved for {}", seen, look.index.target),
                 "go on if the transaction test below finds nothing; else " + fix);
  }
}

void check_arch(Inspection& look) {
  const std::string arch = host::host_arch(look.host);
  if (arch != look.index.arch) {
    look.error("other-arch", fmt::format("this host is {}, the bundle is for {}", arch, look.index.arch),
               fmt::format("use a host of {}, or a bundle that was built for {}", look.index.arch, arch));
  }
}

void check_kubernetes(Inspection& look) {
  if (look.component("kubernetes") == nullptr) {
    look.error("no-kubernetes",
               fmt::format("the bundle {} has no component 'kubernetes'", look.index.base_name()),
               "add kubernetes to components: in versions.yml and build again");
  }
}

bool carries_image(const Inspection& look, const std::string& begin, bool is_whole) {
  return std::any_of(look.index.images.begin(), look.index.images.end(), [&](const format::Image& image) {
    return format::is_for(image.roles, look.node.roles) &&
           (is_whole ? image.ref == begin : image.ref.starts_with(begin));
  });
}

/// kubeadm does not look for its images when it must not pull them, so that we do. What carries Kubernetes'
/// own version is asked for exactly; kubeadm knows the others' tags. Source: kubernetes
/// cmd/kubeadm/app/images/images.go.
void check_kubeadm_images(Inspection& look) {
  const format::Component* kubernetes = look.component("kubernetes");
  if (kubernetes == nullptr) {
    return;
  }
  std::vector<std::string> lacking;
  const auto need = [&](const std::string& ref, bool is_whole) {
    if (!carries_image(look, "registry.k8s.io/" + ref, is_whole)) {
      lacking.push_back("registry.k8s.io/" + ref + (is_whole ? "" : "…"));
    }
  };
  need("pause:", false);
  need("kube-proxy:" + kubernetes->version, true);
  if (look.is_master()) {
    for (const char* name : {"kube-apiserver:", "kube-controller-manager:", "kube-scheduler:"}) {
      need(name + kubernetes->version, true);
    }
    need("etcd:", false);
    need("coredns/coredns:", false);
  }
  if (!lacking.empty()) {
    look.error("images-lacking",
               fmt::format("the bundle lacks images that a {} of Kubernetes {} needs: {}",
                           look.is_master() ? "master" : "worker", kubernetes->version, join(lacking, ", ")),
               "build the bundle again; `bundle inspect DIR` lists what it has");
  }
}

void check_site_signature(Inspection& look) {
  const std::string file = look.site.file.string();
  if (look.site.origin == site::SiteOrigin::on_media) {
    look.warning(
        "site-unsigned",
        fmt::format("{} lies beside the bundle and is not signed: whoever had the media can have changed "
                    "it",
                    file),
        fmt::format("read it through; at home: bundle sign {} --key KEY",
                    look.site.file.filename().string()));
  } else if (look.site.origin == site::SiteOrigin::unchecked) {
    look.warning("site-signature-unchecked",
                 fmt::format("{} is signed, but there is no trusted key to check that with", file),
                 "give the signer's public key with --key FILE");
  }
}

void check_site_components(Inspection& look) {
  for (const auto& [name, file] : look.site.component_values) {
    if (look.component(name) == nullptr) {
      look.error("site-component-unknown",
                 fmt::format("{} has values for the component '{}', which this bundle does not have",
                             look.site.file.string(), name),
                 "take it out of the site file, or use a bundle that has it");
    }
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) {
      look.error("site-values-absent",
                 fmt::format("{} names {} as the values of '{}', and there is no such file",
                             look.site.file.string(), file.string(), name),
                 "copy the file to that place, or take it out of the site file");
    }
  }
}

/// Without it no node could pull, and nobody would see it before a pod is in need.
void check_mirror(Inspection& look) {
  if (!look.site.mirror || look.site.mirror->ca.empty()) {
    return;
  }
  const std::filesystem::path& ca = look.site.mirror->ca;
  const std::string named = fmt::format("{} names {} as the certificates of the registry's mirror",
                                        look.site.file.string(), ca.string());
  std::error_code error;
  if (!std::filesystem::is_regular_file(ca, error)) {
    look.error("site-ca-absent", named + ", and there is no such file",
               "copy the file to that place, or take it out of the site file");
  } else if (!signing::first_end(read_file(ca, site::kMaxNamedBytes))) {
    look.error(
        "site-ca-invalid", named + ", and it holds no certificate in PEM",
        "give the file of the authority whose certificate the mirror has (-----BEGIN CERTIFICATE-----)");
  }
}

}  // namespace

std::vector<NamedCheck> bundle_checks() {
  return {{"the operating system", check_target},
          {"the architecture", check_arch},
          {"the bundle's Kubernetes", check_kubernetes},
          {"the images of Kubernetes", check_kubeadm_images},
          {"the signature of the site file", check_site_signature},
          {"the components of the site file", check_site_components},
          {"the mirror of registries", check_mirror}};
}

}  // namespace bundle::preflight
