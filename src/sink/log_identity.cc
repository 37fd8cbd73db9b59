#include "sink/log_identity.h"

#include "sink/marks.h"

namespace rcml::sink {

Result<std::string> check_identity(broker::EventSource& source, const lake::LakeTables& tables,
                                   const std::string& group) {
  RCML_TRY(std::string id, source.id());
  RCML_TRY(const lake::Marks rejects, tables.rejects->marks(marks_prefix(group, source.name())));
  RCML_OK(check_log(rejects, group, source.name(), id));
  RCML_TRY(const lake::Marks all, tables.clicks->marks(""));
  RCML_OK(check_log(all, group, source.name(), id));
  RCML_OK(check_name(all, group, source.name(), id));
  return id;
}

}  // namespace rcml::sink
