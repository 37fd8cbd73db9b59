#include "http/gzip.h"

#include <zlib.h>

#include <cstdlib>

#include "core/result.h"
#include "http/text.h"

namespace rcml::http {
namespace {

constexpr int kLevel = 5;
constexpr int kGzipWindowBits = 15 + 16;  // gzip, not zlib, framing.
constexpr size_t kSizeBytes = 4;          // The last of a member: its length unpacked, modulo 2^32, little-endian.

void set_input(z_stream& stream, std::string_view bytes) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
}

void set_output(z_stream& stream, std::string& out) {
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
}

size_t unpacked_size(std::string_view member) {
  RCML_CHECK(member.size() > kSizeBytes);
  size_t size = 0;
  for (size_t byte = 1; byte <= kSizeBytes; ++byte)
    size = size << 8 | static_cast<unsigned char>(member[member.size() - byte]);
  return size;
}

}  // namespace

std::string gzip(std::string_view text) {
  z_stream stream{};
  RCML_CHECK(deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindowBits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  set_input(stream, text);
  set_output(stream, out);
  RCML_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string gunzip(std::string_view bytes) {
  z_stream stream{};
  RCML_CHECK(inflateInit2(&stream, kGzipWindowBits) == Z_OK);
  std::string out(unpacked_size(bytes), '\0');
  set_input(stream, bytes);
  set_output(stream, out);
  RCML_CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  inflateEnd(&stream);
  return out;
}

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    std::string_view weighted = take_until(accept_encoding, ',');
    if (trimmed(take_until(weighted, ';')) != "gzip") continue;
    weighted = trimmed(weighted);
    const std::string quality(weighted.starts_with("q=") ? weighted.substr(2) : "1");
    return std::strtod(quality.c_str(), nullptr) > 0;
  }
  return false;
}

}  // namespace rcml::http
