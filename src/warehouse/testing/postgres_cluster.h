// warehouse/testing/postgres_cluster.h: a private PostgreSQL for the tests: own data folder, loopback, free port, a
// password. Started when first asked for, stopped when the test program ends.
#pragma once

#include <string>

namespace rcml::warehouse::testing {

struct PostgresCluster {
  std::string reason;    // Why there is none; empty when it runs.
  int port = 0;
  std::string password;
  std::string url(const std::string& database, int through_port = 0) const;
};

const PostgresCluster& postgres_cluster();
// An empty database; its name.
std::string fresh_database();

}  // namespace rcml::warehouse::testing
