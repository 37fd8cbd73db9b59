// dashboard/assets.h: the page's own files, built into the program: no file to install, no outside request.
#pragma once

#include <span>
#include <string_view>

namespace rcml::dashboard {

struct Asset {
  std::string_view path;          // "/app.js"
  std::string_view content_type;
  std::string_view gzip_bytes;    // Compressed at build time.
  std::string_view etag;          // Quoted; of the content.
};

// From the generated assets.cc (embed_assets.cmake).
std::span<const Asset> assets();
const Asset* find_asset(std::string_view path);

}  // namespace rcml::dashboard
