// What the doctor asks of this machine and of the network: addresses, ports, room on disk, dbt.
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "cli/doctor/parts.h"
#include "cli/installation.h"
#include "core/clock.h"
#include "warehouse/transform/child_process.h"
#include "warehouse/warehouse_url.h"

namespace rcml::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kConnectWaitMs = 5000;
constexpr uint64_t kFreeBytesLeast = 100ULL << 20;
constexpr uint64_t kFreeBytesWarn = 2ULL << 30;
constexpr std::string_view kDbtVersionWanted = "1.11.";

struct AddressesFree {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesFree>;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// 0, or the errno that tells why not.
int connect_within(const addrinfo& address, int wait_ms) {
  const Socket socket(::socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return errno;
  if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd waiting{socket.get(), POLLOUT, 0};
  if (::poll(&waiting, 1, wait_ms) <= 0) return ETIMEDOUT;
  int code = 0;
  socklen_t size = sizeof code;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno;
}

const char* cure_of(int code) {
  if (code == ECONNREFUSED) return "Nothing listens there: start the server, or correct the address";
  if (code == ETIMEDOUT)
    return "Something between here and there drops the traffic: a firewall, a security group, a route";
  return "Check the address and the network";
}

struct HostPort {
  std::string host;
  std::string port;
};

Result<HostPort> split(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size())
    return bad_config("\"" + address + "\" is no HOST:PORT", "Write it as HOST:PORT");
  std::string host = address.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return HostPort{host, address.substr(colon + 1)};
}

Result<Addresses> resolve(const std::string& host, const std::string& port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  if (const int code = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); code != 0)
    return bad_config("the name " + host + " is not known here: " + gai_strerror(code), "Check its spelling and DNS");
  return Addresses(found);
}

// A port of ours must be free. In use is no fault by itself: the one who uses it may be rcml.
Result<Verdict> port_is_free(const std::string& address) {
  RCML_TRY(const HostPort parts, split(address));
  RCML_TRY(const Addresses list, resolve(parts.host, parts.port, AI_PASSIVE));
  const Socket socket(::socket(list->ai_family, list->ai_socktype | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(socket.get(), list->ai_addr, list->ai_addrlen) == 0) return Verdict{address + " is free", {}};
  if (errno == EADDRINUSE)
    return Verdict{address + " is in use", "Fine when rcml itself serves there; otherwise name another port"};
  return bad_config("cannot listen on " + address + ": " + std::strerror(errno),
                    "Name an address of this machine and a port above 1023");
}

std::string gibibytes(uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GiB", static_cast<double>(bytes) / (1ULL << 30));
  return text;
}

struct ChildOutput {
  int exit_code = 0;
  std::string text;
};

Result<ChildOutput> output_of(const std::vector<std::string>& arguments) {
  ChildOutput output;
  RCML_TRY(output.exit_code, warehouse::run_child({arguments, {{"NO_COLOR", "1"}}},
                                                  [&](const std::string& line) { output.text += line + "\n"; }));
  return output;
}

// "  - installed: 1.11.16" -> "1.11.16"
std::string word_after(const std::string& text, const std::string& label) {
  const size_t at = text.find(label);
  if (at == std::string::npos) return {};
  const size_t begin = text.find_first_not_of(" :", at + label.size());
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

Result<Verdict> dbt_version(const std::string& program, const std::string& adapter) {
  auto output = output_of({program, "--version"});
  const std::string cure = "Install dbt with: " + dbt_install_command();
  if (!output.ok()) return bad_config(output.error().message, cure);
  if (output->exit_code != 0)
    return bad_config(program + " --version ended with " + std::to_string(output->exit_code), cure);
  const std::string version = word_after(output->text, "installed");
  const std::string plugin = word_after(output->text, "- " + adapter);
  if (plugin.empty()) return bad_config(program + " has no adapter for " + adapter, cure);
  const std::string text = "dbt " + version + " with " + adapter + " " + plugin + ", " + program;
  if (version.starts_with(kDbtVersionWanted)) return Verdict{text, {}};
  return Verdict{text, "The models were tried with dbt " + std::string(kDbtVersionWanted) + "x. " + cure};
}

Result<Verdict> dbt_project(const std::string& folder) {
  std::error_code error;
  if (fs::exists(fs::path(folder) / "dbt_project.yml", error)) return Verdict{folder, {}};
  return bad_config("there is no dbt project in " + folder, "Set --project-dir to the folder of dbt_project.yml");
}

std::string adapter_of(const Settings& settings) {
  const auto url = warehouse::parse_warehouse_url(settings.text("warehouse"));
  return url.ok() ? std::string(contract::to_text(url->target)) : "duckdb";
}

}  // namespace

Result<Verdict> reach(const std::string& host, const std::string& port) {
  RCML_TRY(const Addresses list, resolve(host, port, 0));
  int code = 0;
  for (const addrinfo* address = list.get(); address != nullptr; address = address->ai_next) {
    code = connect_within(*address, kConnectWaitMs);
    if (code == 0) return Verdict{host + ":" + port + " answers", {}};
  }
  return unavailable("cannot reach " + host + ":" + port + ": " + std::strerror(code), cure_of(code));
}

Result<Verdict> reach(const std::string& address) {
  RCML_TRY(const HostPort parts, split(address));
  return reach(parts.host, parts.port);
}

Result<Verdict> disk_space(const std::string& path) {
  std::error_code error;
  fs::path folder = fs::absolute(path, error);
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  struct statvfs room{};
  if (statvfs(folder.c_str(), &room) != 0) return os_error("ask for the room of", folder.string());
  const uint64_t free_bytes = static_cast<uint64_t>(room.f_bavail) * room.f_frsize;
  const std::string text = gibibytes(free_bytes) + " free in " + folder.string();
  if (free_bytes < kFreeBytesLeast) return unavailable("only " + text, "Free some space, or use another disk");
  if (free_bytes < kFreeBytesWarn) return Verdict{text, "Soon full: watch it, or use a larger disk"};
  return Verdict{text, {}};
}

CheckGroup project_checks(const Settings& settings) {
  return {{"dbt project", [folder = dbt_project_dir(settings)] { return dbt_project(folder); }}};
}

CheckGroup dbt_checks(const Settings& settings) {
  return {
      {"dbt", [program = dbt_bin(settings), adapter = adapter_of(settings)] { return dbt_version(program, adapter); },
       "dbt starts slowly on this machine: raise --wait, for example --wait 2m. rcml transform waits as long as it takes"}};
}

CheckGroup port_checks(const Settings& settings) {
  CheckGroup group;
  for (const auto& [check, setting] : {std::pair{"port page", "dashboard.listen"}, {"port metrics", "sink.metrics"}}) {
    if (settings.has(setting)) group.push_back({check, [at = settings.text(setting)] { return port_is_free(at); }});
  }
  return group;
}

}  // namespace rcml::cli
