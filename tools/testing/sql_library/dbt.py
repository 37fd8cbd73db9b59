"""Stands in for dbt's own macros when sqlfluff renders a model: each becomes a call by its name."""


def __getattr__(name):
    return lambda *arguments, **__: f"{name}({', '.join(str(argument) for argument in arguments)})"
