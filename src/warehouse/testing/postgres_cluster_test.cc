#include "warehouse/testing/postgres_cluster.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/result.h"
#include "warehouse/postgres/pg_connection.h"

namespace rcml::warehouse::testing {
namespace {

namespace fs = std::filesystem;

std::string bin_folder() {
  for (int major = 18; major >= 15; --major) {
    const std::string folder = "/usr/lib/postgresql/" + std::to_string(major) + "/bin";
    if (fs::exists(folder + "/initdb")) return folder;
  }
  return {};
}

int free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  RCML_CHECK(bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0);
  RCML_CHECK(getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(probe);
  return ntohs(address.sin_port);
}

// PostgreSQL refuses to run as root.
std::string as_server_user(const std::string& command) {
  return geteuid() == 0 ? "runuser -u postgres -- " + command : command;
}

bool run(const std::string& command, const std::string& log) {
  return std::system((command + " >>" + log + " 2>&1").c_str()) == 0;
}

class RunningCluster {
 public:
  RunningCluster() {
    bin_ = bin_folder();
    if (bin_.empty()) {
      cluster.reason = "PostgreSQL 15 or newer is not installed (/usr/lib/postgresql/*/bin/initdb)";
      return;
    }
    // The server's user must be able to reach it, which it is not when TMPDIR is a folder for root alone.
    const std::string parent = geteuid() == 0 ? "/tmp" : fs::temp_directory_path().string();
    std::string name = parent + "/rcml_pg_XXXXXX";
    RCML_CHECK(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    cluster.password = "p@ss/w:rd";
    start();
  }

  ~RunningCluster() {
    if (folder_.empty()) return;
    run(as_server_user(bin_ + "/pg_ctl stop -D " + folder_ + "/data -m immediate -w"), "/dev/null");
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  PostgresCluster cluster;

 private:
  void start() {
    const std::string log = folder_ + "/setup.log";
    std::ofstream(folder_ + "/password") << cluster.password;
    fs::permissions(folder_, fs::perms::all);
    cluster.port = free_port();
    const bool is_up =
        run(as_server_user(bin_ + "/initdb -D " + folder_ + "/data -U loader -A scram-sha-256 --pwfile=" + folder_ +
                           "/password -E UTF8 --locale=C.UTF-8 -N"),
            log) &&
        run(as_server_user(bin_ + "/pg_ctl start -w -D " + folder_ + "/data -l " + folder_ + "/server.log -o \"-p " +
                           std::to_string(cluster.port) +
                           " -c listen_addresses=127.0.0.1 -c unix_socket_directories='" + folder_ +
                           "' -c fsync=off -c max_wal_size=2GB\""),
            log);
    if (is_up) return;
    std::ifstream text(log);
    cluster.reason = "the private PostgreSQL did not start: " + std::string(std::istreambuf_iterator<char>(text), {});
  }

  std::string bin_;
  std::string folder_;
};

}  // namespace

std::string PostgresCluster::url(const std::string& database, int through_port) const {
  return "postgres://loader:p%40ss%2Fw%3Ard@127.0.0.1:" + std::to_string(through_port == 0 ? port : through_port) +
         "/" + database;
}

const PostgresCluster& postgres_cluster() {
  static const RunningCluster running;
  return running.cluster;
}

std::string fresh_database() {
  static std::atomic<int> count{0};
  const std::string name = "t" + std::to_string(getpid()) + "_" + std::to_string(count++);
  const auto admin = PgConnection::connect({*parse_warehouse_url(postgres_cluster().url("postgres")), {}, 3});
  RCML_CHECK(admin.ok());
  RCML_CHECK((*admin)->execute("create database " + name).ok());
  return name;
}

}  // namespace rcml::warehouse::testing
