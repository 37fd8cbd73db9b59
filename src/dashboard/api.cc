#include "dashboard/api.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/clock.h"
#include "core/fnv1a.h"
#include "dashboard/json.h"
#include "dashboard/panels.h"
#include "dashboard/pipeline.h"
#include "http/gzip.h"

namespace rcml::dashboard {
namespace {

constexpr std::string_view kJsonType = "application/json; charset=utf-8";
constexpr std::string_view kCsvType = "text/csv; charset=utf-8";
constexpr size_t kGzipBytesMin = 860;  // Below, one network packet carries it anyway.
constexpr int64_t kAnswerRecentMsMax = 3'000;
constexpr Millis kPipelineAgeMax{5'000};

// A tag that is the same for the same bytes in every process, so a restart costs viewers nothing.
std::string tag_of(std::string_view text) {
  const uint64_t hash = fnv1a(text);
  static constexpr char kHex[] = "0123456789abcdef";
  std::string tag = "W/\"";
  for (int shift = 60; shift >= 0; shift -= 4) tag += kHex[(hash >> shift) & 15];
  return tag + '"';
}

std::string range_json(const DateRange& range) {
  return JsonObject().text("from", to_text(range.from)).text("to", to_text(range.to)).take();
}

Dt today() { return dt_of(utc_now()); }

std::string version_of(const MartStatePtr& state) { return state ? state->version() : "none"; }

std::string choices_of(const Table& choices, std::string_view dimension) {
  std::string out = "[";
  for (const auto& row : choices.rows) {
    if (std::get<std::string>(row[0]) != dimension) continue;
    if (out.size() > 1) out += ',';
    out += JsonObject().value("value", row[1]).value("sessions", row[2]).take();
  }
  return out + ']';
}

Result<AnswerPtr> make_panel_answer(const Panel& panel, const Filter& filter, const MartStatePtr& state) {
  Table table;
  if (state) {
    RCML_TRY(table, state->run(panel.query(filter, state->shape())));
  }
  if (filter.is_csv) {
    return make_answer(
        to_csv(table), std::string(kCsvType),
        "rcml-" + std::string(panel.name) + '-' + to_text(filter.range.from) + '-' + to_text(filter.range.to) + ".csv");
  }
  return make_answer(JsonObject()
                         .text("panel", panel.name)
                         .text("title", panel.title)
                         .value("version", state ? Value(state->version()) : Value())
                         .raw("range", range_json(filter.range))
                         .raw("previous", filter.previous ? range_json(*filter.previous) : "null")
                         .raw("rows", to_json_rows(table))
                         .take(),
                     std::string(kJsonType));
}

struct MetaFlags {
  bool has_lake;
  bool has_login;
  Millis answer_max;  // How long the page should wait for an answer before it takes the server for dead.
};

Result<AnswerPtr> make_meta_answer(const MartStatePtr& state, MetaFlags flags) {
  JsonObject meta;
  meta.value("version", state ? Value(state->version()) : Value()).value("is_published", state != nullptr);
  meta.text("program_version", RCML_VERSION).value("has_lake", flags.has_lake).value("has_login", flags.has_login);
  meta.value("answer_ms_max", flags.answer_max.value);
  if (!state) return make_answer(meta.take(), std::string(kJsonType));
  RCML_TRY(const Table choices, state->run(choices_query(state->shape())));
  RCML_TRY(const Table newest, state->run(newest_session_query(state->shape())));
  meta.value("published_at_ms", state->published_at_ms());
  meta.raw("bounds", state->bounds() ? range_json(*state->bounds()) : "null");
  meta.value("newest_session_at_ms", newest.rows.at(0).at(0)).value("open_sessions", newest.rows.at(0).at(1));
  meta.raw("devices", choices_of(choices, "device")).raw("campaigns", choices_of(choices, "utm_campaign"));
  return make_answer(meta.take(), std::string(kJsonType));
}

// What the page asks first: each panel without a choice, the course over time by day.
template <class Question>
std::list<Question> first_questions() {
  std::list<Question> questions;
  for (const Panel& panel : panels()) {
    questions.push_back({std::string(panel.name), {}});
    if (panel.name == "timeseries") questions.back().params.emplace("grain", "day");
  }
  return questions;
}

}  // namespace

AnswerPtr make_answer(std::string body, std::string content_type, std::string file_name) {
  auto answer = std::make_shared<Answer>();
  answer->etag = tag_of(body);
  if (body.size() >= kGzipBytesMin) answer->gzip_body = http::gzip(body);
  answer->body = std::move(body);
  answer->content_type = std::move(content_type);
  answer->file_name = std::move(file_name);
  return answer;
}

Api::Api(MartReader& marts, std::unique_ptr<LiveReader> live, bool has_login, std::string audit_path,
         size_t cache_bytes_max, QueryLimits limits)
    : live_(std::move(live)),
      has_login_(has_login),
      audit_path_(std::move(audit_path)),
      answer_max_(limits.wait_max.value + limits.time_max.value),
      cache_(cache_bytes_max),
      recent_(first_questions<Question>()),
      pool_(limits),
      live_pool_(
          {.threads = 1, .queue_max = limits.queue_max, .wait_max = limits.wait_max, .time_max = limits.time_max}),
      marts_(marts, [this](const auto& state, const auto& is_stopped) { answer_recent(state, is_stopped); }) {}

bool Api::stop(Millis wait) {
  marts_.begin_stop();
  const int64_t ends_at = monotonic_now().value + wait.value * 1000;
  const auto left = [&] { return Millis(std::max<int64_t>(0, (ends_at - monotonic_now().value) / 1000)); };
  const bool has_pool_ended = pool_.stop(left());
  const bool has_live_ended = live_pool_.stop(left());
  return marts_.has_ended(left()) && has_pool_ended && has_live_ended;
}

void Api::answer(const std::string& name, const Params& params, Done done) {
  if (name == "live" || name == "lake") {
    if (!live_) return done({AnswerPtr()});
    return ask(live_pool_, live_recipe(name), std::move(done));
  }
  const Result<MartStatePtr> state = marts_.shown();
  if (!state.ok()) return done({state.error()});
  if (name == "pipeline") return ask(pool_, pipeline_recipe(*state), std::move(done));
  if (name == "meta") return ask(pool_, meta_recipe(*state), std::move(done));
  const Panel* panel = find_panel(name);
  if (panel == nullptr) return done({AnswerPtr()});
  Result<Recipe> recipe = panel_recipe(*panel, params, *state);
  if (!recipe.ok()) return done({recipe.error()});
  ask(pool_, *std::move(recipe),
      [this, question = Question{name, params}, done = std::move(done)](const Outcome& outcome) {
        if (outcome.answer.ok()) remember(question);
        done(outcome);
      });
}

void Api::ask(QueryPool& pool, Recipe recipe, Done done) {
  cache_.ask(recipe.key, pool, std::move(recipe.make), std::move(done), recipe.age_max);
}

Result<Api::Recipe> Api::panel_recipe(const Panel& panel, const Params& params, const MartStatePtr& state) {
  RCML_TRY(const Filter filter, parse_filter(params, state ? state->bounds() : DataBounds(), today()));
  return Recipe{version_of(state) + '/' + std::string(panel.name) + '?' + canonical_text(filter),
                [&panel, filter, state] { return make_panel_answer(panel, filter, state); }};
}

Api::Recipe Api::meta_recipe(const MartStatePtr& state) const {
  return {version_of(state) + "/meta", [state, flags = MetaFlags{live_ != nullptr, has_login_, answer_max_}] {
            return make_meta_answer(state, flags);
          }};
}

// A search is typed letter by letter and a download is wanted once: neither will be asked again.
void Api::remember(Question question) {
  if (question.params.contains("q") || question.params.contains("format")) return;
  const std::lock_guard lock(recent_mutex_);
  const auto it = std::find(recent_.begin(), recent_.end(), question);
  if (it != recent_.end()) return recent_.splice(recent_.begin(), recent_, it);
  recent_.push_front(std::move(question));
  if (recent_.size() > kRecentMax) recent_.pop_back();
}

// Fills the cache for `state`, for at most kAnswerRecentMsMax: what is left is answered when it is asked. The pool makes
// the answers, so that a question that takes too long is ended as everywhere.
void Api::answer_recent(const MartStatePtr& state, const std::atomic<bool>& is_stopped) {
  std::list<Question> questions;
  {
    const std::lock_guard lock(recent_mutex_);
    questions = recent_;
  }
  std::list<Recipe> recipes{meta_recipe(state)};
  for (const Question& question : questions) {
    Result<Recipe> recipe = panel_recipe(*find_panel(question.name), question.params, state);
    if (recipe.ok()) recipes.push_back(*std::move(recipe));
  }
  const int64_t ends_at = monotonic_now().value + kAnswerRecentMsMax * 1000;
  for (Recipe& recipe : recipes) {
    const auto is_answered = std::make_shared<std::atomic<bool>>(false);
    ask(pool_, std::move(recipe), [is_answered](const Outcome&) { *is_answered = true; });
    while (!*is_answered) {
      if (is_stopped || monotonic_now().value > ends_at) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

Api::Recipe Api::pipeline_recipe(const MartStatePtr& state) const {
  // The audit's result changes without a new copy, so it is read again every few seconds.
  const auto make = [this, state]() -> Result<AnswerPtr> {
    if (!state) return make_answer(JsonObject().value("version", Value()).take(), std::string(kJsonType));
    RCML_TRY(std::string body, pipeline_json(*state, audit_path_));
    return make_answer(std::move(body), std::string(kJsonType));
  };
  return {version_of(state) + "/pipeline", make, kPipelineAgeMax};
}

Api::Recipe Api::live_recipe(const std::string& name) {
  // All viewers of one half second get one answer, and never more than one is being made.
  const auto make = [this, name]() -> Result<AnswerPtr> {
    auto body = name == "live" ? live_->live_json(utc_now()) : live_->lake_json(utc_now());
    // A lake that is not there yet is nothing the viewer did wrong.
    if (!body.ok()) return unavailable(body.error().message, body.error().cure);
    return make_answer(*std::move(body), std::string(kJsonType));
  };
  return {name, make, Millis(kPollEveryMs)};
}

}  // namespace rcml::dashboard
