// Chart repositories and packed charts. The first byte says what the rest is: 0 a .tgz as it came, 1 the tar
// inside (gzip's checksum would stop nearly every change), 2 the Chart.yaml inside, else a repository's
// index.yaml.
#include <zlib.h>

#include "format/tar.hpp"
#include "fuzz/fuzz.hpp"
#include "helm/chart.hpp"

using namespace bundle;

namespace {

/// As it is, in gzip's framing (RFC 1952).
std::string gzip(std::string_view text) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  fuzz::require(deflateInit2(&stream, Z_NO_COMPRESSION, Z_DEFLATED, kGzip, 1, Z_DEFAULT_STRATEGY) == Z_OK,
                "zlib works");
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  fuzz::require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib works");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string tar_of(std::string_view path, std::string_view content) {
  const format::TarHeader header = format::tar_header(path, content.size(), 0644);
  std::string tar(as_text(header));
  tar += content;
  tar.resize(format::kTarBlock + format::padded(content.size()) + format::kTarTrailer);
  return tar;
}

void read(unsigned char kind, std::string_view input) {
  switch (kind) {
    case 0:
      static_cast<void>(helm::read_chart(as_bytes(input), "chart.tgz"));
      return;
    case 1:
      static_cast<void>(helm::read_chart(as_bytes(gzip(input)), "chart.tgz"));
      return;
    case 2:
      static_cast<void>(helm::read_chart(as_bytes(gzip(tar_of("demo/Chart.yaml", input))), "chart.tgz"));
      return;
    default:
      fuzz::require(!helm::find_chart(input, "https://charts.example", "demo", "1.2.3").urls.empty(),
                    "a chart that was found has a URL");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) {
    fuzz::accepts([&] { read(data[0], fuzz::text_of(data + 1, size - 1)); });
  }
  return 0;
}
