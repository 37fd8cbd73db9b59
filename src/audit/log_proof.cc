#include "audit/log_proof.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/fnv1a.h"
#include "core/log.h"
#include "core/uuid.h"
#include "lake/store/text_file.h"

namespace rcml::audit {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kForm = 1;

std::string hex(uint64_t number) {
  char text[20];
  std::snprintf(text, sizeof text, "%016" PRIx64, number);
  return text;
}

std::string folder_of(const std::string& group, const std::string& log_name) {
  return "_proof/" + hex(fnv1a(group + "/" + log_name));
}

// Names in the order of time.
std::string file_of(const LogProof& proof) {
  char time[24];
  std::snprintf(time, sizeof time, "%020" PRId64, proof.proven_at.value);
  return folder_of(proof.group, proof.log_name) + "/" + time + "-" + random_uuid() + ".json";
}

// The order of the fields is the form.
template <class Account, class Visit>
void visit_numbers(Account& account, const Visit& visit) {
  for (auto* number : {&account.begin, &account.end, &account.next, &account.committed, &account.replayed,
                       &account.rejected, &account.tombstones, &account.absent, &account.in_gaps, &account.expired})
    visit(*number);
}

Json json_of(const PartitionAccount& account) {
  Json numbers{account.partition};
  visit_numbers(account, [&](int64_t number) { numbers.push_back(number); });
  return numbers;
}

PartitionAccount account_of(const Json& numbers) {
  PartitionAccount account;
  account.partition = numbers.at(0).get<int32_t>();
  size_t at = 0;
  visit_numbers(account, [&](int64_t& number) { number = numbers.at(++at).get<int64_t>(); });
  return account;
}

Json json_of(const LogProof& proof) {
  Json json{{"form", kForm},
            {"group", proof.group},
            {"log", proof.log_name},
            {"log_id", proof.log_id},
            {"clicks_id", proof.clicks_id},
            {"clicks_version", proof.clicks_version.value},
            {"rejects_id", proof.rejects_id},
            {"rejects_version", proof.rejects_version.value},
            {"clicks_commit", proof.clicks_commit},
            {"rejects_commit", proof.rejects_commit},
            {"replays", proof.replays},
            {"proven_at", proof.proven_at.value},
            {"full_at", proof.full_at.value},
            {"program", proof.program}};
  json["partitions"] = Json::array();
  for (const PartitionAccount& account : proof.partitions) json["partitions"].push_back(json_of(account));
  json["half_done"] = Json::array();
  for (const auto& [partition, offset] : proof.half_done) json["half_done"].push_back({partition.value, offset.value});
  return json;
}

LogProof proof_of(const Json& json) {
  LogProof proof;
  json.at("group").get_to(proof.group);
  json.at("log").get_to(proof.log_name);
  json.at("log_id").get_to(proof.log_id);
  json.at("clicks_id").get_to(proof.clicks_id);
  json.at("rejects_id").get_to(proof.rejects_id);
  json.at("clicks_version").get_to(proof.clicks_version.value);
  json.at("rejects_version").get_to(proof.rejects_version.value);
  json.at("clicks_commit").get_to(proof.clicks_commit);
  json.at("rejects_commit").get_to(proof.rejects_commit);
  json.at("replays").get_to(proof.replays);
  json.at("proven_at").get_to(proof.proven_at.value);
  json.at("full_at").get_to(proof.full_at.value);
  json.at("program").get_to(proof.program);
  for (const Json& numbers : json.at("partitions")) proof.partitions.push_back(account_of(numbers));
  for (const Json& position : json.at("half_done"))
    proof.half_done.emplace_back(position.at(0).get<int32_t>(), position.at(1).get<int64_t>());
  return proof;
}

// Newest first.
Result<std::vector<std::string>> proofs_in(const lake::Location& lake, const std::string& folder) {
  RCML_TRY(const std::vector<lake::StoredFile> files, lake.list(folder));
  std::vector<std::string> paths;
  for (const lake::StoredFile& file : files) {
    if (file.path.ends_with(".json")) paths.push_back(file.path);
  }
  std::sort(paths.rbegin(), paths.rend());
  return paths;
}

void warn_of(const std::string& place, const std::string& why) {
  log_warn("a proof of an earlier audit cannot be used, so everything is read again", {{"proof", place}, {"why", why}});
}

}  // namespace

std::string commit_digest(const lake::Table& table, TableVersion version) {
  char path[48];
  std::snprintf(path, sizeof path, "_delta_log/%020" PRId64 ".json", version.value);
  const auto text = lake::read_text(table.location(), path);
  return text.ok() ? hex(fnv1a(*text)) : std::string();
}

std::string to_json(const LogProof& proof) {
  Json json = json_of(proof);
  json["digest"] = hex(fnv1a(json.dump()));
  return json.dump() + "\n";
}

std::optional<LogProof> parse_log_proof(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("form", Json()) != kForm) return std::nullopt;
  const Json digest = json.value("digest", Json());
  json.erase("digest");
  if (digest != hex(fnv1a(json.dump()))) return std::nullopt;
  try {
    return proof_of(json);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::optional<LogProof> read_log_proof(const lake::Location& lake, const std::string& group,
                                       const std::string& log_name) {
  const std::string folder = folder_of(group, log_name);
  const auto paths = proofs_in(lake, folder);
  if (!paths.ok()) {
    warn_of(lake.absolute(folder), paths.error().message);
    return std::nullopt;
  }
  for (const std::string& path : *paths) {
    const auto text = lake::read_text(lake, path);
    auto proof = text.ok() ? parse_log_proof(*text) : std::nullopt;
    // Another group and log may share the folder's hash.
    if (proof && proof->group == group && proof->log_name == log_name) return proof;
    warn_of(lake.absolute(path), text.ok() ? "it is not as it was written" : text.error().message);
  }
  return std::nullopt;
}

Status write_log_proof(const lake::Location& lake, const LogProof& proof) {
  const std::string path = file_of(proof);
  RCML_OK(lake::write_text(lake, path, to_json(proof)));
  RCML_TRY(const std::vector<std::string> paths, proofs_in(lake, folder_of(proof.group, proof.log_name)));
  for (const std::string& other : paths) {
    if (other < path) RCML_OK(lake.remove(other));  // A newer one is another audit's.
  }
  return {};
}

}  // namespace rcml::audit
