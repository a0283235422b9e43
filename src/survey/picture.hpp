#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What `bundle status --cluster` sees: plain data. Texts that came from outside are printable, on one line.
namespace bundle::survey {

/// What was found out; nothing, with the reason, where it could not be.
template <class T>
struct Known {
  std::optional<T> value;
  std::string why_not;
};

/// A host as a site file or the API server names it.
struct Host {
  std::string name;
  std::string address;
  bool operator==(const Host&) const = default;
};

struct Node {
  Host host;
  std::vector<std::string> roles;  ///< by its labels `node-role.kubernetes.io/…`
  std::string kubelet;             ///< v1.34.3
  bool is_ready = false;
  std::string why_not_ready;
  bool takes_pods = false;
  /// Names of the images that it has; nothing where the kubelet may have left some out.
  std::optional<std::vector<std::string>> images;

  bool is_master() const;
};

/// The API server of one master, asked at its own address.
struct ApiServer {
  Host host;
  bool is_ready = false;
  std::string said;  ///< where it is not
};

/// How kubectl reached the cluster: at its endpoint; by the API server of this host alone; not at all.
enum class Way { endpoint, own_server, none };

struct EtcdMember {
  std::string id;    ///< hex digits
  std::string name;  ///< empty until it has started
  std::string peer_urls;
  bool is_learner = false;
  bool answers = false;
  bool is_leader = false;  ///< as each member that answers says
};

/// Somebody who has the virtual address: this host, or who answers for it on the network.
struct VipOwner {
  std::string mac;   ///< empty: this host
  std::string node;  ///< empty: a MAC address that no node is known to have
};

struct Vip {
  std::string address;
  Known<std::vector<VipOwner>> owners;
};

struct Certificate {
  std::string node;
  std::string name;                  ///< its file, or `API server`
  std::optional<std::int64_t> ends;  ///< seconds since the epoch
  std::string why_not;
};

/// Something that this master does by itself.
struct Timer {
  std::string unit;        ///< `bundle-certificates`
  std::string does;        ///< `renewal of the certificates`
  bool is_on = false;      ///< it will run
  bool is_wanted = false;  ///< it is enabled
  std::string fault;       ///< of its last run; empty: none
};

/// The images of the bundle that a node lacks.
struct NodeImages {
  std::string node;
  Known<std::vector<std::string>> lacking;
};

/// A container that waits for its image.
struct WaitingPod {
  std::string node;
  std::string pod;  ///< NAMESPACE/NAME
  std::string image;
  std::string reason;
};

struct Component {
  std::string id;  ///< its name; `charts` for those of versions.yml itself
  std::string version;
  std::vector<std::string> faults;
  std::string wants;  ///< for which kind of node it waits; empty: for none

  bool is_pending() const { return !wants.empty(); }
};

struct Picture {
  std::string node;  ///< this host
  std::string bundle;
  std::string version;     ///< of the bundle
  std::string kubernetes;  ///< v1.34.3; empty: not known
  std::string endpoint;    ///< host:port
  Way way = Way::none;
  std::string endpoint_said;  ///< where kubectl did not reach the endpoint
  std::vector<Host> site;     ///< the nodes that the site file names, this host included
  Known<std::vector<Node>> nodes;
  std::vector<ApiServer> api_servers;
  Known<std::vector<EtcdMember>> etcd;
  std::optional<Vip> vip;
  std::vector<Certificate> certificates;
  std::vector<Timer> timers;
  std::vector<NodeImages> images;
  Known<std::vector<WaitingPod>> waiting;
  Known<std::vector<Component>> components;
};

}  // namespace bundle::survey
