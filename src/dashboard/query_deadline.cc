#include "dashboard/query_deadline.h"

#include "core/result.h"

namespace rcml::dashboard {
namespace {

thread_local QueryDeadline* of_this_thread = nullptr;

}  // namespace

QueryDeadline::QueryDeadline() {
  RCML_CHECK(of_this_thread == nullptr);
  of_this_thread = this;
}

QueryDeadline::~QueryDeadline() { of_this_thread = nullptr; }

QueryDeadline* QueryDeadline::current() { return of_this_thread; }

void QueryDeadline::end() {
  const std::lock_guard lock(mutex_);
  is_over_ = true;
  if (interrupt_) interrupt_();
}

bool QueryDeadline::is_over() const {
  const std::lock_guard lock(mutex_);
  return is_over_;
}

QueryDeadline::Running::Running(QueryDeadline* deadline, std::function<void()> interrupt) : deadline_(deadline) {
  if (deadline_ == nullptr) return;
  const std::lock_guard lock(deadline_->mutex_);
  deadline_->interrupt_ = std::move(interrupt);
}

QueryDeadline::Running::~Running() {
  if (deadline_ == nullptr) return;
  const std::lock_guard lock(deadline_->mutex_);
  deadline_->interrupt_ = nullptr;
}

}  // namespace rcml::dashboard
