// What the server's error codes mean for a load.
#include "warehouse/postgres/pg_connection.h"

namespace rcml::warehouse {
namespace {

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// Redshift reports a lost race as an internal error whose number is in the text.
bool is_serialization_conflict(const ServerError& error) {
  return holds(error.message, "1023") && holds(error.message, "erializable isolation violation");
}

std::string_view connect_cure(const std::string& message) {
  if (holds(message, "authentication method 13")) {
    return "This Redshift user has a SHA-256 password, which libpq does not speak: give the user an MD5 password "
           "(ALTER USER … PASSWORD 'md5…') or use temporary IAM credentials (docs/operations/redshift.md)";
  }
  if (holds(message, "certificate")) {
    return "Set --tls-root-file to the CA bundle of the server (for Redshift: amazon-trust-ca-bundle.crt)";
  }
  return "Check host, port and that the server runs and lets this machine in";
}

}  // namespace

bool is_retryable(const ServerError& error) {
  if (is_serialization_conflict(error)) return true;
  const std::string& state = error.sqlstate;
  return state == "40001" || state == "40P01" ||      // serialization failure, deadlock
         state == "57P01" || state == "57P02" || state == "57P03" ||  // server shutting down or starting
         state.starts_with("08");
}

bool is_lost_creation_race(const ServerError& error) {
  const std::string& state = error.sqlstate;
  return is_retryable(error) || state == "23505" || state == "42P06" || state == "42P07" || state == "42710" ||
         holds(error.message, "already exists") || holds(error.message, "tuple concurrently updated");
}

Error to_error(const std::string& display, const ServerError& error) {
  const std::string message = "warehouse " + display + ": " + error.message;
  const std::string& state = error.sqlstate;
  if (holds(error.message, "authentication method 13"))
    return bad_config(message, std::string(connect_cure(error.message)));
  if (state.starts_with("28") || holds(error.message, "password authentication failed") ||
      holds(error.message, "no password supplied")) {
    return bad_config(message, "Check user and password in the warehouse URL (or RS_USER, RS_PWD)");
  }
  if (state == "3D000" || (holds(error.message, "database \"") && holds(error.message, "does not exist"))) {
    return bad_config(message, "Create the database first, or name another one");
  }
  if (state == "42501")
    return bad_config(message, "Grant the user usage and create on schema raw, and ownership of its tables");
  if (state == "55P03")
    return unavailable(message, "Another load or a schema change holds the lock: wait for it, or raise --lock-wait");
  if (state == "53100") return unavailable(message, "Free disk space on the server");
  if (holds(error.message, "exceeds DDL length") || holds(error.message, "longer than the length defined")) {
    return corrupt(message,
                   "A text is longer in bytes than the contract allows, so the file was not written by rcml stream. "
                   "SYS_LOAD_ERROR_DETAIL names file and column; nothing was loaded");
  }
  if (holds(error.message, "content_length")) {
    return corrupt(message, "A file's length changed after it was committed; nothing was loaded. Run `rcml audit`");
  }
  if (holds(error.message, "not authorized to assume IAM Role")) {
    return bad_config(message, "Attach the role to the cluster, or set RS_ROLE_ARN (--copy-role-arn) to one that is");
  }
  if (holds(error.message, "S3ServiceException")) {
    return unavailable(
        message,
        "Check that the role may read the lake and its _manifests/ folder, and that the bucket is in the "
        "cluster's Region; nothing was loaded");
  }
  if (holds(error.message, "Spectrum Scan Error")) {
    return corrupt(message, "The file's columns do not match the stage table; nothing was loaded. Run `rcml audit`");
  }
  if (state.starts_with("22") || state.starts_with("23"))
    return corrupt(message, "Nothing was loaded. Run `rcml audit`");
  if (state.empty()) return unavailable(message, std::string(connect_cure(error.message)));
  return unavailable(message);
}

}  // namespace rcml::warehouse
