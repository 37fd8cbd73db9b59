"""Stands in for dbt's `adapter` when sqlfluff renders a model: a dispatched macro becomes a call by its name."""


def dispatch(name, *_):
    return lambda *arguments: f"{name}({', '.join(str(argument) for argument in arguments)})"


def get_relation(*_, **__):
    return None
