// dashboard/panels.h: the questions of the page as SQL. Pure: a filter and the shape of the marts in, a Query out.
//
// Definitions are those of the marts (dags/clickstream/models): a session's numbers belong to the date of its start, ratios
// leave open sessions out, a ratio over nothing is null. `period` is "current" or "previous" (the same span before).
#pragma once

#include <span>
#include <string_view>

#include "dashboard/filter.h"
#include "dashboard/mart_shape.h"
#include "dashboard/table.h"

namespace rcml::dashboard {

struct Panel {
  std::string_view name;  // /api/NAME and the name of its CSV.
  std::string_view title;  // As the page shows it.
  Query (*query)(const Filter& filter, const MartShape& shape);
};

std::span<const Panel> panels();
const Panel* find_panel(std::string_view name);

// First and last date of the marts; one row of two nulls when they are empty.
Query bounds_query(const MartShape& shape);
// When the newest session's last event was (ms since 1970), and how many sessions are open.
Query newest_session_query(const MartShape& shape);
// Values to filter by, most frequent first: rows (dimension, value, session_count).
Query choices_query(const MartShape& shape);

}  // namespace rcml::dashboard
