#!/bin/sh
# What `dbt --version` prints, without Python's start.
cat <<'WORDS'
Core:
  - installed: 1.11.16
  - latest:    1.11.16 - Up to date!

Plugins:
  - duckdb:   1.11.1 - Up to date!
  - postgres: 1.11.0 - Up to date!
  - redshift: 1.11.2 - Up to date!
WORDS
