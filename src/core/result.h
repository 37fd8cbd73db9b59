// core/result.h: how an expected failure travels. A `Result<T>` is a value or an `Error`; nothing here throws.
//
// Every error names the place and, where a person can act, the cure; its kind decides the exit code and whether a
// caller may retry. A broken invariant is not an Error: RCML_CHECK stops the process, in release builds too.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace rcml {

enum class ErrorKind : uint8_t {
  bad_config,   // The person's input is wrong: nothing was touched. Exit 2.
  unavailable,  // A server or disk did not do its part after bounded retries: trying later may work. Exit 3.
  corrupt,      // Data contradicts itself: stopped, nothing overwritten, a person must look. Exit 4.
  needs_person, // Going on would lose or double data unless a person decides (a gap, a failed audit). Exit 4.
  cancelled,    // Asked to stop before it was done. Exit 0 after a drain.
};

struct Error {
  ErrorKind kind = ErrorKind::unavailable;
  std::string message;  // What happened and where: path, offset, column.
  std::string cure;     // What to do next; empty when there is nothing to say.

  // "message. cure" for people.
  std::string text() const { return cure.empty() ? message : message + ". " + cure; }
};

// 0 done, 2 usage or config, 3 unavailable after retries, 4 data needs a person.
int exit_code(ErrorKind kind);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }
  Error take_error() { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};

template <>
class [[nodiscard]] Result<void> : public Result<Done> {
 public:
  Result() : Result<Done>(Done{}) {}
  Result(Error error) : Result<Done>(std::move(error)) {}  // NOLINT
};

using Status = Result<void>;

inline Error bad_config(std::string message, std::string cure = {}) {
  return {ErrorKind::bad_config, std::move(message), std::move(cure)};
}
inline Error unavailable(std::string message, std::string cure = {}) {
  return {ErrorKind::unavailable, std::move(message), std::move(cure)};
}
inline Error corrupt(std::string message, std::string cure = {}) {
  return {ErrorKind::corrupt, std::move(message), std::move(cure)};
}
inline Error needs_person(std::string message, std::string cure = {}) {
  return {ErrorKind::needs_person, std::move(message), std::move(cure)};
}

// An "unavailable" error that carries errno's text: `os_error("write", path)` -> "write PATH: No space left on device".
Error os_error(const std::string& action, const std::string& path);

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace rcml

#define RCML_CHECK(expression) \
  do { \
    if (!(expression)) ::rcml::check_failed(#expression, __FILE__, __LINE__); \
  } while (false)

#define RCML_CONCAT_INNER(a, b) a##b
#define RCML_CONCAT(a, b) RCML_CONCAT_INNER(a, b)

// RCML_TRY(auto x, f()): x = *f(), or return its error.
#define RCML_TRY(declaration, expression) RCML_TRY_INNER(RCML_CONCAT(rcml_result_, __LINE__), declaration, expression)
#define RCML_TRY_INNER(result, declaration, expression) \
  auto result = (expression); \
  if (!result.ok()) return result.take_error(); \
  declaration = *std::move(result)

// RCML_OK(f()): go on, or return its error.
#define RCML_OK(expression) \
  do { \
    auto rcml_status = (expression); \
    if (!rcml_status.ok()) return rcml_status.take_error(); \
  } while (false)
