// dashboard/table.h: what a panel asks and what it gets: a parameterised query, a small table of typed values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rcml::dashboard {

// monostate is SQL null.
using Value = std::variant<std::monostate, bool, int64_t, double, std::string>;

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
};

struct Query {
  std::string sql;           // Every value a viewer sent is a `?`, never text in here.
  std::vector<Value> binds;  // In the order of the `?`s.
};

// Builds the two halves of a Query side by side, so that a value cannot get into the text.
class QueryBuilder {
 public:
  // `sql` must be a text of ours: names, keywords, `?` for each of the values that follow.
  QueryBuilder& add(std::string_view sql) {
    query_.sql += sql;
    return *this;
  }
  QueryBuilder& bind(Value value) {
    query_.binds.push_back(std::move(value));
    return *this;
  }
  QueryBuilder& add(const Query& part) {
    query_.sql += part.sql;
    query_.binds.insert(query_.binds.end(), part.binds.begin(), part.binds.end());
    return *this;
  }
  Query take() { return std::move(query_); }

 private:
  Query query_;
};

}  // namespace rcml::dashboard
