#include "commands/connection.hpp"

#include <cstdlib>
#include <ctime>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "net/curl_client.hpp"
#include "oci/credentials.hpp"
#include "store/work_folder.hpp"

namespace bundle::commands {
namespace {

/// Now, or SOURCE_DATE_EPOCH. Source: reproducible-builds.org/specs/source-date-epoch.
std::int64_t build_time() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  if (epoch == nullptr) {
    return std::time(nullptr);
  }
  const std::optional<std::uint64_t> seconds = parse_unsigned(epoch);
  if (!seconds) {
    throw Error(ErrorKind::usage,
                fmt::format("SOURCE_DATE_EPOCH is '{}', expected seconds since 1970", epoch));
  }
  return static_cast<std::int64_t>(*seconds);
}

}  // namespace

struct Connection::State {
  spec::Mirrors mirrors;
  net::CurlClient http;
  std::filesystem::path cache_root;
  store::Cache cache;
  store::Fetcher fetcher;
  oci::Registry registry;
  store::WorkFolder work;
  build::World world;

  State(Session& session, const UpstreamOptions& options)
      : mirrors(options.mirrors.empty() ? spec::Mirrors() : spec::load_mirrors(options.mirrors)),
        http({.max_overall = static_cast<int>(options.jobs), .interrupted = interrupted}),
        cache_root(store::Cache::default_root()),
        cache(cache_root),
        fetcher(http, mirrors, cache),
        registry(http, mirrors, oci::Credentials::from_environment(*session.runner)),
        work(cache_root),
        world{.http = http,
              .fetcher = fetcher,
              .registry = registry,
              .runner = *session.runner,
              .progress = *session.progress,
              .log = *session.log,
              .work = work.path(),
              .cache_root = cache_root,
              .jobs = options.jobs,
              .now = build_time()} {}
};

Connection::Connection(Session& session, const UpstreamOptions& options)
    : state_(std::make_unique<State>(session, options)) {}
Connection::~Connection() = default;

build::World& Connection::world() { return state_->world; }

}  // namespace bundle::commands
