// dashboard/query_deadline.h: lets another thread end the queries that a thread is running for one answer.
//
// A QueryDeadline is in force on the thread that created it until it is destroyed; DuckdbDatabase::run looks for it.
// Once it is over, the running query is interrupted and every later one on that thread fails at once.
#pragma once

#include <functional>
#include <mutex>

namespace rcml::dashboard {

class QueryDeadline {
 public:
  QueryDeadline();
  ~QueryDeadline();
  QueryDeadline(const QueryDeadline&) = delete;
  QueryDeadline& operator=(const QueryDeadline&) = delete;

  // The deadline of the calling thread; nullptr when it has none.
  static QueryDeadline* current();

  // From any thread.
  void end();
  bool is_over() const;

  // Registers `interrupt` while a query runs: end() calls it, as often as end() is called. DuckDB forgets an interrupt
  // that comes just before a query begins, so whoever enforces a deadline calls end() until the work has ended.
  class Running {
   public:
    Running(QueryDeadline* deadline, std::function<void()> interrupt);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    QueryDeadline* deadline_;
  };

 private:
  mutable std::mutex mutex_;
  std::function<void()> interrupt_;
  bool is_over_ = false;
};

}  // namespace rcml::dashboard
