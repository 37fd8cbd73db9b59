#include "warehouse/postgres/pg_connection.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <map>

#include "core/log.h"
#include "core/stop.h"

namespace rcml::warehouse {
namespace {

using ResultPtr = std::unique_ptr<PGresult, decltype(&PQclear)>;
using ConnectionPtr = std::unique_ptr<PGconn, decltype(&PQfinish)>;

constexpr Millis kFirstPause{200};
constexpr const char* kSystemBundle = "/etc/ssl/certs/ca-certificates.crt";

std::string one_line(const char* text) {
  std::string line = text == nullptr ? "" : text;
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  return line.empty() ? "the connection was lost" : line;
}

// What a load needs and a URL seldom says. A dead peer must be noticed while a COPY runs for minutes in silence.
std::map<std::string, std::string> defaults(const PgOptions& options) {
  std::map<std::string, std::string> values = {{"connect_timeout", "10"},     {"application_name", "rcml"},
                                               {"client_encoding", "UTF8"},   {"keepalives_idle", "30"},
                                               {"keepalives_interval", "10"}, {"keepalives_count", "6"},
                                               {"tcp_user_timeout", "60000"}, {"gssencmode", "disable"}};
  if (options.url.target != Target::redshift) return values;
  values["port"] = "5439";
  values["sslmode"] = "verify-full";
  const bool has_bundle = access(kSystemBundle, R_OK) == 0;
  if (!options.tls_root_file.empty()) values["sslrootcert"] = options.tls_root_file;
  else if (has_bundle) values["sslrootcert"] = kSystemBundle;
  return values;
}

Result<std::map<std::string, std::string>> connection_values(const PgOptions& options) {
  char* complaint = nullptr;
  PQconninfoOption* const parsed = PQconninfoParse(options.url.connection.c_str(), &complaint);
  // libpq's complaint may quote the URL, password and all: it is not repeated.
  PQfreemem(complaint);
  if (parsed == nullptr) {
    return bad_config("warehouse URL " + options.url.display + " is malformed", kPercentEncodeCure);
  }
  std::map<std::string, std::string> values = defaults(options);
  for (const PQconninfoOption* option = parsed; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) values[option->keyword] = option->val;
  }
  PQconninfoFree(parsed);
  return values;
}

ConnectionPtr connect_once(const std::map<std::string, std::string>& values) {
  std::vector<const char*> keywords;
  std::vector<const char*> texts;
  for (const auto& [keyword, text] : values) {
    keywords.push_back(keyword.c_str());
    texts.push_back(text.c_str());
  }
  keywords.push_back(nullptr);
  texts.push_back(nullptr);
  ConnectionPtr connection(PQconnectdbParams(keywords.data(), texts.data(), 0), &PQfinish);
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char* notice) { log_debug("warehouse notice", {{"text", one_line(notice)}}); },
      nullptr);
  return connection;
}

}  // namespace

struct PgConnection::State {
  PgOptions options;
  std::map<std::string, std::string> values;
  ConnectionPtr connection{nullptr, &PQfinish};
  ServerError last_error;

  Error fail(const PGresult* result) {
    const char* const state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* const text = result == nullptr ? nullptr : PQresultErrorMessage(result);
    const bool has_text = text != nullptr && *text != '\0';
    last_error = {state == nullptr ? "" : state, one_line(has_text ? text : PQerrorMessage(connection.get()))};
    return to_error(options.url.display, last_error);
  }

  Status open() {
    Millis pause = kFirstPause;
    for (int attempt = 0;; ++attempt) {
      connection = connect_once(values);
      if (PQstatus(connection.get()) == CONNECTION_OK) return {};
      last_error = {"", one_line(PQerrorMessage(connection.get()))};
      Error error = to_error(options.url.display, last_error);
      if (error.kind == ErrorKind::bad_config || attempt >= options.retry_count_max) return error;
      log_warn("warehouse does not answer",
               {{"warehouse", options.url.display}, {"attempt", attempt + 1}, {"error", last_error.message}});
      if (sleep_or_stop(pause))
        return Error{ErrorKind::cancelled, "stopped while connecting to " + options.url.display, {}};
      pause.value *= 2;
    }
  }
};

PgConnection::PgConnection(std::unique_ptr<State> state) : state_(std::move(state)) {}
PgConnection::~PgConnection() = default;

Result<std::unique_ptr<PgConnection>> PgConnection::connect(const PgOptions& options) {
  auto state = std::make_unique<State>();
  state->options = options;
  RCML_TRY(state->values, connection_values(options));
  RCML_OK(state->open());
  return std::unique_ptr<PgConnection>(new PgConnection(std::move(state)));
}

Status PgConnection::reconnect() { return state_->open(); }

Result<int64_t> PgConnection::execute(const std::string& sql) {
  const ResultPtr result(PQexec(state_->connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return state_->fail(result.get());
  const char* const count = PQcmdTuples(result.get());
  return *count == '\0' ? int64_t{0} : static_cast<int64_t>(std::stoll(count));
}

Result<std::vector<PgConnection::TextRow>> PgConnection::query(const std::string& sql) {
  const ResultPtr result(PQexec(state_->connection.get(), sql.c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return state_->fail(result.get());
  std::vector<TextRow> rows(static_cast<size_t>(PQntuples(result.get())));
  for (size_t row = 0; row < rows.size(); ++row) {
    const int index = static_cast<int>(row);
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      if (PQgetisnull(result.get(), index, column) != 0) {
        rows[row].push_back(std::nullopt);
      } else {
        rows[row].emplace_back(std::in_place, PQgetvalue(result.get(), index, column),
                               static_cast<size_t>(PQgetlength(result.get(), index, column)));
      }
    }
  }
  return rows;
}

Status PgConnection::begin_copy(const std::string& sql) {
  const ResultPtr result(PQexec(state_->connection.get(), sql.c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COPY_IN) return state_->fail(result.get());
  return {};
}

Status PgConnection::put_copy(std::string_view bytes) {
  const int length = static_cast<int>(bytes.size());
  if (PQputCopyData(state_->connection.get(), bytes.data(), length) == 1) return {};
  return state_->fail(nullptr);
}

Result<int64_t> PgConnection::end_copy() {
  if (PQputCopyEnd(state_->connection.get(), nullptr) != 1) return state_->fail(nullptr);
  Result<int64_t> count = int64_t{0};
  while (true) {  // Until null, or the next statement would find this one's rest.
    const ResultPtr result(PQgetResult(state_->connection.get()), &PQclear);
    if (result == nullptr) return count;
    if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) {
      count = static_cast<int64_t>(std::stoll(PQcmdTuples(result.get())));
    } else {
      count = state_->fail(result.get());
      if (is_lost()) return count;
    }
  }
}

void PgConnection::abort_copy(const std::string& reason) {
  if (PQputCopyEnd(state_->connection.get(), reason.c_str()) != 1) return;
  while (PGresult* result = PQgetResult(state_->connection.get())) PQclear(result);
}

bool PgConnection::is_lost() const { return PQstatus(state_->connection.get()) != CONNECTION_OK; }

void PgConnection::forget_error() { state_->last_error = {}; }

bool PgConnection::may_retry_transaction() const { return is_lost() || is_retryable(state_->last_error); }

bool PgConnection::was_cancelled() const { return state_->last_error.sqlstate == "57014"; }

bool PgConnection::lost_creation_race() const { return is_lost_creation_race(state_->last_error); }

}  // namespace rcml::warehouse
