#include "warehouse/transform/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "core/clock.h"
#include "core/stop.h"

extern char** environ;

namespace rcml::warehouse {
namespace {

constexpr int kPollMs = 200;
constexpr int64_t kPatienceMicros = 30 * kMicrosPerSecond;

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> lines;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string line(*entry);
    if (!added.contains(line.substr(0, line.find('=')))) lines.push_back(line);
  }
  for (const auto& [name, value] : added) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

Result<pid_t> spawn(const ChildCommand& command, int output) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = merged_environment(command.environment);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments[0].c_str(), &actions, nullptr, pointers(arguments).data(),
                                  pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return bad_config("cannot start " + command.arguments[0] + ": " + std::strerror(failed));
  return child;
}

// Passes a requested stop on to the child, politely at first.
class StopRelay {
 public:
  explicit StopRelay(pid_t child) : child_(child) {}
  void pass_on() {
    if (!stop_requested()) return;
    const int64_t now = monotonic_now().value;
    if (asked_at_ == 0) {
      asked_at_ = now;
      kill(child_, SIGINT);
    } else if (now - asked_at_ > kPatienceMicros) {
      kill(child_, SIGKILL);
    }
  }
  bool has_asked() const { return asked_at_ != 0; }

 private:
  pid_t child_;
  int64_t asked_at_ = 0;
};

void read_lines(int input, StopRelay& relay, const std::function<void(const std::string&)>& on_line) {
  std::string pending;
  char buffer[4096];
  while (true) {
    relay.pass_on();
    pollfd wait{input, POLLIN, 0};
    if (poll(&wait, 1, kPollMs) <= 0) continue;  // Also when a signal came: it is passed on at once.
    const ssize_t got = read(input, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    pending.append(buffer, static_cast<size_t>(got));
    for (size_t end; (end = pending.find('\n')) != std::string::npos; pending.erase(0, end + 1))
      on_line(pending.substr(0, end));
  }
  if (!pending.empty()) on_line(pending);
}

}  // namespace

Result<int> run_child(const ChildCommand& command, const std::function<void(const std::string& line)>& on_line) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return os_error("open a pipe for", command.arguments[0]);
  const auto child = spawn(command, ends[1]);
  close(ends[1]);
  if (!child.ok()) {
    close(ends[0]);
    return child.error();
  }
  StopRelay relay(*child);
  read_lines(ends[0], relay, on_line);
  close(ends[0]);
  int status = 0;
  while (waitpid(*child, &status, 0) < 0 && errno == EINTR) relay.pass_on();
  if (relay.has_asked())
    return Error{ErrorKind::cancelled, command.arguments[0] + " was stopped", "Run it again; it starts anew"};
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace rcml::warehouse
