"""compare_marts.py: are the marts of two warehouses equal, row for row?

    python compare_marts.py duckdb:FILE postgres://USER@HOST:PORT/DB [--schema marts] [--right-schema marts]

Exit code 0 when every row of every mart is the same, 1 with one sentence per mart otherwise. Redshift's double speaks
PostgreSQL's protocol: give it as postgres://.
"""

import argparse
import sys
import urllib.parse

from project import MARTS, Duck, Pg, differences


def open_warehouse(url):
    if url.startswith("duckdb:"):
        return Duck(url.removeprefix("duckdb:"))
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        sys.exit(f"{url}: give duckdb:FILE or postgres://USER@HOST:PORT/DB")
    return Pg(parts.hostname, parts.port or 5432, parts.username or "postgres", parts.path.lstrip("/") or "postgres")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("left")
    parser.add_argument("right")
    parser.add_argument("--schema", default="marts")
    parser.add_argument("--right-schema")
    options = parser.parse_args()
    left, right = open_warehouse(options.left), open_warehouse(options.right)
    found = differences(left, right, options.schema, options.right_schema or options.schema)
    for sentence in found:
        print(sentence)
    if not found:
        row_count = sum(left.rows(f"select count(*) from {options.schema}.{mart}")[0][0] for mart in MARTS)
        print(f"equal: {len(MARTS)} marts, {row_count} rows")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
