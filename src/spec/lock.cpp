#include "spec/lock.hpp"

#include "base/fs.hpp"
#include "base/text.hpp"
#include "spec/versions.hpp"

namespace bundle::spec {
namespace {

constexpr std::string_view kFormat = "bundle-lock/1";
constexpr std::uint64_t kLimitBytes = 64 << 20;

// ---- writing

json::Array strings(const auto& texts) { return json::Array(texts.begin(), texts.end()); }

json::Array blobs(const std::vector<LockedBlob>& list) {
  json::Array array;
  for (const LockedBlob& blob : list) {
    array.push_back(json::Object{{"digest", blob.digest.str()}, {"size", blob.size_bytes}});
  }
  return array;
}

json::Value write(const LockedImage& image) {
  json::Object object{{"ref", image.ref},
                      {"digest", image.digest.str()},
                      {"mediaType", image.media_type},
                      {"manifest", image.manifest.str()},
                      {"platform", image.platform},
                      {"documents", blobs(image.documents)},
                      {"blobs", blobs(image.blobs)},
                      {"roles", strings(image.roles)},
                      {"why", strings(image.why)}};
  return with_voucher(std::move(object), image.vouched);
}

json::Value write(const LockedRpm& rpm) {
  return json::Object{
      {"nevra", rpm.nevra},     {"repository", rpm.repository},
      {"url", rpm.url},         {"checksum", std::string(to_string(rpm.checksum_kind)) + ":" + rpm.checksum},
      {"size", rpm.size_bytes}, {"roles", strings(rpm.roles)},
      {"why", strings(rpm.why)}};
}

json::Value write(const LockedRepository& repository) {
  json::Array keys;
  for (const LockedKey& locked : repository.keys) {
    keys.push_back(json::Object{
        {"url", locked.key.url}, {"fingerprint", locked.key.fingerprint}, {"sha256", locked.sha256}});
  }
  json::Object object{{"id", repository.id},
                      {"url", repository.url},
                      {"signed", to_string(repository.signed_by)},
                      {"keys", std::move(keys)}};
  if (repository.client_cert) {
    object.emplace("clientCert", json::Object{{"cert", repository.client_cert->cert},
                                              {"key", repository.client_cert->key},
                                              {"ca", repository.client_cert->ca}});
  }
  return object;
}

json::Value write(const LockedText& text) {
  json::Object object{
      {"path", text.path}, {"source", text.source}, {"sha256", text.sha256}, {"size", text.size_bytes}};
  if (!text.extract.empty()) {
    object.emplace("extract", text.extract);
    object.emplace("archiveSha256", text.archive_sha256);
    object.emplace("archiveSize", text.archive_size_bytes);
  }
  return with_voucher(std::move(object), text.vouched);
}

json::Value write(const LockedChart& chart) {
  json::Object row{{"name", chart.name},
                   {"version", chart.version},
                   {"archive", write(chart.archive)},
                   {"values", strings(chart.values)},
                   {"release", chart.release},
                   {"namespace", chart.namespace_},
                   {"component", chart.component},
                   {"why", strings(chart.why)}};
  if (chart.skip_schema) {
    row.emplace("skipSchema", true);
  }
  return row;
}

json::Value write(const LockedManifest& manifest) {
  return json::Object{{"component", manifest.component}, {"text", write(manifest.text)}};
}

json::Value write(const LockedFile& file) {
  json::Object object{
      {"path", file.path},           {"url", file.url}, {"sha256", file.sha256},
      {"size", file.size_bytes},     {"to", file.to},   {"mode", fmt::format("{:04o}", file.mode)},
      {"roles", strings(file.roles)}};
  return with_voucher(std::move(object), file.vouched);
}

json::Value write(const LockedComponent& component) {
  json::Object row{{"name", component.name},
                   {"version", component.version},
                   {"needs", strings(component.needs)},
                   {"roles", strings(component.roles)},
                   {"apply", component.apply},
                   {"podSecurity", component.pod_security},
                   {"health", component.health},
                   {"smoke", component.smoke}};
  if (component.network) {
    row["network"] = to_json(*component.network);
  }
  if (!component.ports.empty()) {
    row["ports"] = to_json(component.ports);
  }
  return row;
}

template <class T>
json::Array write_all(const std::vector<T>& list) {
  json::Array array;
  for (const T& item : list) {
    array.push_back(write(item));
  }
  return array;
}

// ---- reading

Roles read_roles(json::Reader& reader) {
  const std::vector<std::string> names = reader.strings("roles");
  return {names.begin(), names.end()};
}

Digest read_digest(json::Reader& reader, std::string_view key) {
  std::optional<Digest> digest = Digest::parse(reader.string(key));
  if (!digest) {
    reader.fail_at(key, "expected sha256: and 64 lower-case hex digits");
  }
  return *std::move(digest);
}

Voucher read_voucher(json::Reader& reader) {
  const std::optional<Voucher> voucher = parse_voucher(reader.string_or("vouched", ""));
  if (!voucher) {
    reader.fail_at("vouched", "expected first-use, own, digest, openpgp:KEY or cosign:KEY");
  }
  return *voucher;
}

std::vector<LockedBlob> read_blobs(json::Reader& parent, std::string_view key) {
  std::vector<LockedBlob> list;
  for (const json::Value& value : parent.array(key)) {
    json::Reader reader(value, fmt::format("{}.{}", parent.where(), key), ErrorKind::spec);
    list.push_back({.digest = read_digest(reader, "digest"), .size_bytes = reader.number("size")});
    reader.done();
  }
  return list;
}

void read(json::Reader& reader, std::vector<LockedImage>& into) {
  into.push_back({.ref = reader.string("ref"),
                  .digest = read_digest(reader, "digest"),
                  .media_type = reader.string("mediaType"),
                  .manifest = read_digest(reader, "manifest"),
                  .platform = reader.string("platform"),
                  .documents = read_blobs(reader, "documents"),
                  .blobs = read_blobs(reader, "blobs"),
                  .roles = read_roles(reader),
                  .why = reader.strings("why"),
                  .vouched = read_voucher(reader)});
  if (into.back().documents.empty()) {
    reader.fail_at("documents", "expected at least the manifest");
  }
}

void read(json::Reader& reader, std::vector<LockedRpm>& into) {
  const std::string checksum = reader.string("checksum");
  const std::size_t colon = checksum.find(':');
  if (colon == std::string::npos) {
    reader.fail_at("checksum", "expected KIND:HEX");
  }
  into.push_back({.nevra = reader.string("nevra"),
                  .repository = reader.string("repository"),
                  .url = reader.string("url"),
                  .checksum_kind = parse_hash_kind(checksum.substr(0, colon)),
                  .checksum = checksum.substr(colon + 1),
                  .size_bytes = reader.number("size"),
                  .roles = read_roles(reader),
                  .why = reader.strings("why")});
}

SignedBy read_signed_by(json::Reader& reader) {
  const std::string& text = reader.string("signed");
  for (const SignedBy by : {SignedBy::header, SignedBy::repo, SignedBy::both}) {
    if (text == to_string(by)) {
      return by;
    }
  }
  reader.fail_at("signed", "expected header, repo or both");
}

void read(json::Reader& reader, std::vector<LockedRepository>& into) {
  LockedRepository made{
      .id = reader.string("id"), .url = reader.string("url"), .signed_by = read_signed_by(reader)};
  for (const json::Value& value : reader.array("keys")) {
    json::Reader key(value, reader.where() + ".keys", ErrorKind::spec);
    made.keys.push_back({.key = {.url = key.string("url"), .fingerprint = key.string("fingerprint")},
                         .sha256 = key.string("sha256")});
    key.done();
  }
  if (const json::Value* value = reader.member_or_null("clientCert")) {
    json::Reader cert(*value, reader.where() + ".clientCert", ErrorKind::spec);
    made.client_cert =
        ClientCert{.cert = cert.string("cert"), .key = cert.string("key"), .ca = cert.string("ca")};
    cert.done();
  }
  into.push_back(std::move(made));
}

LockedText read_text(json::Reader& reader) {
  LockedText made{.path = reader.string("path"),
                  .source = reader.string("source"),
                  .sha256 = reader.string("sha256"),
                  .size_bytes = reader.number("size"),
                  .extract = reader.string_or("extract", "")};
  if (!made.extract.empty()) {
    made.archive_sha256 = reader.string("archiveSha256");
    made.archive_size_bytes = reader.number("archiveSize");
  }
  made.vouched = read_voucher(reader);
  return made;
}

void read(json::Reader& reader, std::vector<LockedText>& into) { into.push_back(read_text(reader)); }

LockedText read_inner_text(json::Reader& parent, std::string_view key) {
  json::Reader reader(parent.member(key), fmt::format("{}.{}", parent.where(), key), ErrorKind::spec);
  LockedText made = read_text(reader);
  reader.done();
  return made;
}

void read(json::Reader& reader, std::vector<LockedChart>& into) {
  into.push_back({.name = reader.string("name"),
                  .version = reader.string("version"),
                  .archive = read_inner_text(reader, "archive"),
                  .values = reader.strings("values"),
                  .release = reader.string("release"),
                  .namespace_ = reader.string("namespace"),
                  .skip_schema = reader.boolean_or("skipSchema", false),
                  .component = reader.string("component"),
                  .why = reader.strings("why")});
}

void read(json::Reader& reader, std::vector<LockedManifest>& into) {
  into.push_back({.component = reader.string("component"), .text = read_inner_text(reader, "text")});
}

void read(json::Reader& reader, std::vector<LockedFile>& into) {
  LockedFile made{.path = reader.string("path"),
                  .url = reader.string("url"),
                  .sha256 = reader.string("sha256"),
                  .size_bytes = reader.number("size"),
                  .roles = read_roles(reader),
                  .to = reader.string("to")};
  const std::string& mode = reader.string("mode");
  if (mode.empty() || mode.size() > 4 || mode.find_first_not_of("01234567") != std::string::npos) {
    reader.fail_at("mode", "expected octal digits");
  }
  made.mode = static_cast<unsigned>(std::stoul(mode, nullptr, 8));
  made.vouched = read_voucher(reader);
  into.push_back(std::move(made));
}

void read(json::Reader& reader, std::vector<LockedComponent>& into) {
  into.push_back({.name = reader.string("name"),
                  .version = reader.string("version"),
                  .needs = reader.strings("needs"),
                  .roles = read_roles(reader),
                  .apply = reader.string("apply"),
                  .pod_security = reader.string("podSecurity"),
                  .health = reader.member("health"),
                  .smoke = reader.string("smoke")});
  if (const json::Value* network = reader.member_or_null("network")) {
    json::Reader inner(*network, reader.where() + ".network", ErrorKind::spec);
    into.back().network = read_network(inner);
    inner.done();
  }
  if (const json::Value* ports = reader.member_or_null("ports")) {
    json::Reader inner(*ports, reader.where() + ".ports", ErrorKind::spec);
    into.back().ports = read_ports(inner);
    inner.done();
  }
}

template <class T>
void read_all(json::Reader& parent, std::string_view key, std::vector<T>& into) {
  std::size_t index = 0;
  for (const json::Value& value : parent.array(key)) {
    json::Reader reader(value, fmt::format("{}: {}[{}]", parent.where(), key, index++), ErrorKind::spec);
    read(reader, into);
    reader.done();
  }
}

}  // namespace

std::string to_text(const Lock& lock) {
  return json::pretty(json::Object{{"format", kFormat},
                                   {"name", lock.name},
                                   {"version", lock.version},
                                   {"os", lock.os},
                                   {"arch", lock.arch},
                                   {"base", lock.base},
                                   {"lockedAt", lock.locked_at},
                                   {"inputs", lock.inputs},
                                   {"slim", lock.slim},
                                   {"components", write_all(lock.components)},
                                   {"images", write_all(lock.images)},
                                   {"repositories", write_all(lock.repositories)},
                                   {"rpms", write_all(lock.rpms)},
                                   {"charts", write_all(lock.charts)},
                                   {"manifests", write_all(lock.manifests)},
                                   {"texts", write_all(lock.texts)},
                                   {"programs", write_all(lock.programs)},
                                   {"files", write_all(lock.files)}});
}

Lock parse_lock(std::string_view text, const std::string& name) {
  const json::Value root = json::parse(text, name, ErrorKind::spec);
  json::Reader reader(root, name, ErrorKind::spec);
  if (const std::string& format = reader.string("format"); format != kFormat) {
    throw Error(ErrorKind::spec, fmt::format("{}: format '{}' is not {}", name, format, kFormat),
                "make it anew with `bundle lock`");
  }
  Lock lock{.name = reader.string("name"),
            .version = reader.string("version"),
            .os = reader.string("os"),
            .arch = reader.string("arch"),
            .base = reader.string("base"),
            .locked_at = reader.string("lockedAt"),
            .inputs = reader.string("inputs"),
            .slim = reader.boolean_or("slim", false)};
  if (!is_bundle_name(lock.name)) {
    reader.fail_at("name", "expected [a-z0-9-]");
  }
  if (!is_bundle_version(lock.version)) {
    reader.fail_at("version", "expected dotted integers");
  }
  if (!parse_utc(lock.locked_at)) {
    reader.fail_at("lockedAt", "expected a time such as 2026-11-21T20:00:00Z");
  }
  read_all(reader, "components", lock.components);
  read_all(reader, "images", lock.images);
  read_all(reader, "repositories", lock.repositories);
  read_all(reader, "rpms", lock.rpms);
  read_all(reader, "charts", lock.charts);
  read_all(reader, "manifests", lock.manifests);
  read_all(reader, "texts", lock.texts);
  read_all(reader, "programs", lock.programs);
  read_all(reader, "files", lock.files);
  reader.done();
  return lock;
}

Lock load_lock(const std::filesystem::path& file) {
  return parse_lock(read_file(file, kLimitBytes), file.string());
}

}  // namespace bundle::spec
