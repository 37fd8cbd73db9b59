// rcml demo: the main job on this machine alone, each step the very command a person would type.
//
// simulate -> spool -> lake -> DuckDB -> dbt -> audit -> page. A folder that holds a finished demo of the same make is
// shown again at once.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/all_commands.h"
#include "core/clock.h"

namespace rcml::cli {
namespace {

namespace fs = std::filesystem;

struct DemoPaths {
  fs::path root;
  std::string spool() const { return "spool:" + (root / "spool").string(); }
  std::string lake() const { return (root / "lake").string(); }
  std::string warehouse() const { return "duckdb:" + (root / "clicks.duckdb").string(); }
  std::string truth() const { return (root / "truth").string(); }
  fs::path stamp() const { return root / "done.txt"; }
};

using Step = std::vector<std::string>;

constexpr int kDays = 14;

std::vector<Step> steps(const DemoPaths& paths, const Settings& settings) {
  // A day back from today: the last visits may run on after their midnight, and nothing may lie in the future.
  const Dt start(dt_of(utc_now()).value - kDays - 1);
  return {
      {"generate", "--seed", "42", "--start", to_text(start), "--days", std::to_string(kDays), "--events",
       settings.text("demo.events"), "--profile", "realistic", "--out", paths.spool(), "--truth", paths.truth()},
      {"stream", "--from", paths.spool(), "--lake", paths.lake(), "--drain"},
      {"load", "--lake", paths.lake(), "--warehouse", paths.warehouse()},
      {"transform", "--warehouse", paths.warehouse()},
      {"audit", "--from", paths.spool(), "--lake", paths.lake(), "--warehouse", paths.warehouse(), "--truth",
       paths.truth(), "--report", (paths.root / "clicks.audit.json").string()},
  };
}

std::string shown(const Step& step) {
  std::string text = "rcml";
  for (const std::string& word : step) text += " " + word;
  return text;
}

std::string stamp_text(const Settings& settings) {
  return "rcml " RCML_VERSION ", " + settings.text("demo.events") + " events, " + std::to_string(kDays) + " days\n";
}

bool is_done(const DemoPaths& paths, const Settings& settings) {
  std::ifstream file(paths.stamp());
  std::stringstream text;
  text << file.rdbuf();
  return file.good() && text.str() == stamp_text(settings);
}

// Only what a demo makes itself is removed; a folder with anything else in it is refused.
Status clear(const DemoPaths& paths) {
  std::error_code error;
  if (!fs::exists(paths.root, error)) return {};
  for (const fs::directory_entry& entry : fs::directory_iterator(paths.root, error)) {
    const std::string name = entry.path().filename().string();
    const bool is_ours =
        name == "spool" || name == "lake" || name == "truth" || name == "done.txt" || name.starts_with("clicks.");
    if (!is_ours)
      return bad_config(paths.root.string() + " holds " + name + ", which no demo made",
                        "Name an empty folder: --dir DIR");
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(paths.root, error))
    fs::remove_all(entry.path(), error);
  if (error)
    return unavailable("cannot clear " + paths.root.string() + ": " + error.message(), "Remove the folder by hand");
  return {};
}

// Runs each step; a step's exit code other than 0 ends the demo with it.
Result<int> build(const DemoPaths& paths, const Settings& settings) {
  RCML_OK(clear(paths));
  std::error_code error;
  fs::create_directories(paths.root, error);
  const UtcMicros began = monotonic_now();
  for (const Step& step : steps(paths, settings)) {
    const UtcMicros step_began = monotonic_now();
    std::printf("\n$ %s\n", shown(step).c_str());
    std::fflush(stdout);
    if (const int code = run_main(step); code != 0) return code;
    std::printf("  (%.1f s)\n", static_cast<double>(monotonic_now().value - step_began.value) / 1e6);
  }
  std::printf("\nThe demo took %.1f s.\n", static_cast<double>(monotonic_now().value - began.value) / 1e6);
  std::ofstream(paths.stamp()) << stamp_text(settings);
  return 0;
}

Result<int> run(const Settings& settings) {
  const DemoPaths paths{fs::path(settings.text("demo.dir"))};
  if (is_done(paths, settings)) {
    std::printf("The demo in %s is ready; remove the folder to make it again.\n", paths.root.c_str());
  } else {
    RCML_TRY(const int code, build(paths, settings));
    if (code != 0) return code;
  }
  if (!settings.is_on("demo.serve")) std::printf("The page of it:\n");
  std::printf("\n$ rcml dashboard --warehouse %s --lake %s\n", paths.warehouse().c_str(), paths.lake().c_str());
  std::fflush(stdout);
  if (!settings.is_on("demo.serve")) return 0;
  Step serve{"dashboard", "--warehouse", paths.warehouse(), "--lake", paths.lake()};
  if (settings.has("dashboard.listen")) serve.insert(serve.end(), {"--listen", settings.text("dashboard.listen")});
  return run_main(serve);
}

}  // namespace

Command demo_command() {
  return {{"demo", "Do the main job on this machine: simulate, stream, load, model, audit, show the page", "",
           "rcml demo\n"
           "rcml demo --events 5M --dir var/big --no-serve",
           ""},
          run};
}

}  // namespace rcml::cli
