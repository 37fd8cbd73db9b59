"""Stands in for dbt's `flags` when sqlfluff renders a model."""

FULL_REFRESH = False
