#include "warehouse/testing/loader_child.h"

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "core/log.h"
#include "warehouse/testing/redshift_double.h"

extern char** environ;

namespace rcml::warehouse::testing {
namespace {

std::string environment_text(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

std::vector<LakeFile> read_list(const std::string& path) {
  std::vector<LakeFile> files;
  std::ifstream in(path);
  LakeFile file;
  while (in >> file.path >> file.absolute >> file.dt >> file.bytes >> file.row_count >> file.version.value)
    files.push_back(file);
  return files;
}

pid_t start_child(const std::string& test, std::map<std::string, std::string> added) {
  std::vector<std::string> texts = {"/proc/self/exe", "--gtest_also_run_disabled_tests", "--gtest_filter=" + test};
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) variables.emplace_back(*entry);
  for (const auto& [name, value] : added) variables.push_back(name + "=" + value);
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  for (std::string& text : variables) environment.push_back(text.data());
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1, 0);
  pid_t child = 0;
  RCML_CHECK(posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environment.data()) == 0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

}  // namespace

pid_t start_loader(const std::string& url, const std::vector<LakeFile>& files, const std::string& folder,
                   const std::map<std::string, std::string>& environment) {
  std::ofstream list(folder + "/files.txt");
  for (const LakeFile& file : files) {
    list << file.path << ' ' << file.absolute << ' ' << file.dt << ' ' << file.bytes << ' ' << file.row_count << ' '
         << file.version.value << '\n';
  }
  list.close();
  std::map<std::string, std::string> added = environment;
  added["RCML_TEST_URL"] = url;
  added["RCML_TEST_FILES"] = folder + "/files.txt";
  return start_child("LoaderChild.DISABLED_Loads", added);
}

pid_t start_holder(const std::string& url, const std::string& folder) {
  return start_child("LoaderChild.DISABLED_HoldsTheFile",
                     {{"RCML_TEST_URL", url}, {"RCML_TEST_FILES", folder + "/held"}});
}

int wait_for(pid_t child) {
  int status = 0;
  RCML_CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(LoaderChild, DISABLED_Loads) {
  WarehouseOptions options;
  options.url = environment_text("RCML_TEST_URL");
  const auto warehouse = open_target(options);
  ASSERT_TRUE(warehouse.ok()) << warehouse.error().text();
  for (const LakeFile& file : read_list(environment_text("RCML_TEST_FILES"))) {
    const auto report = (*warehouse)->load(RawTable::clicks, {file});
    ASSERT_TRUE(report.ok()) << report.error().text();
  }
}

TEST(LoaderChild, DISABLED_HoldsTheFile) {
  WarehouseOptions options;
  options.url = environment_text("RCML_TEST_URL");
  const auto warehouse = open_warehouse(options);
  ASSERT_TRUE(warehouse.ok()) << warehouse.error().text();
  std::ofstream(environment_text("RCML_TEST_FILES")) << "held";
  sleep(60);
}

}  // namespace rcml::warehouse::testing
