#include "lake/delta/bridge.h"

#include "lake/store/arrow_status.h"

namespace rcml::lake {

Error bridge_error(int32_t status, const std::string& message, const std::string& place) {
  const std::string said = without_secrets(message);
  switch (status) {
    case RCML_DELTA_NOT_FOUND:
      return bad_config("there is no table at " + place, "Check --lake; `rcml stream` creates a lake");
    case RCML_DELTA_UNSUPPORTED:
      return bad_config("the table " + place + " needs what this rcml cannot do: " + said,
                        "Use a newer rcml, or drop that feature from the table with the program that set it");
    case RCML_DELTA_LOG_GONE:
      return corrupt("the log of " + place + " no longer goes back that far: " + said,
                     "Start over from the table's live files");
    case RCML_DELTA_UNAVAILABLE: return unavailable("the log of " + place + ": " + said);
    case RCML_DELTA_DENIED:
      return bad_config("the store refused access to " + place + ": " + said,
                        "Check the AWS credentials and what they may do on that bucket");
    case RCML_DELTA_BAD_INPUT: return bad_config("the table " + place + ": " + said);
    case RCML_DELTA_BUG: return corrupt("the table " + place + ": " + said, "This is a bug in rcml; a restart is safe");
    default:
      return corrupt("the log of " + place + " is damaged: " + said,
                     "Restore _delta_log from a backup; data files are not touched");
  }
}

}  // namespace rcml::lake
