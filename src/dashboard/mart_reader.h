// dashboard/mart_reader.h: where the page's numbers come from: one published state of the marts at a time.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "dashboard/filter.h"
#include "dashboard/mart_shape.h"
#include "dashboard/table.h"

namespace rcml::dashboard {

// One published state. Requests hold it while they read; the last one to let go closes it. Thread-safe.
class MartState {
 public:
  virtual ~MartState() = default;
  virtual const std::string& version() const = 0;     // Differs between any two published states.
  virtual int64_t published_at_ms() const = 0;        // When it was published, ms since 1970.
  virtual const MartShape& shape() const = 0;
  virtual const DataBounds& bounds() const = 0;
  // At most `rows_max` rows; more is an error of ours, not of the viewer.
  virtual Result<Table> run(const Query& query) const = 0;
};
using MartStatePtr = std::shared_ptr<const MartState>;

class MartReader {
 public:
  virtual ~MartReader() = default;
  // The newest published state; nullptr when nothing has been published yet. Thread-safe.
  virtual Result<MartStatePtr> current() = 0;
};

}  // namespace rcml::dashboard
