"""Dashboards as files: between the YAML of dashboards/superset/ and the bundle Superset imports and exports.

Pure. A file says only what somebody decided: what Superset would put there by itself is left out and put back on the
way in, so that an import overwrites every field and an export changes a line only when somebody changed it. Objects
are joined by uuid; a server's ids never appear.

    files = read(folder)            {"charts/top_pages.yaml": {...}}
    bundle = expand(files, target)  what ImportAssetsCommand takes
    files = collapse(exported)      what Superset exported, back to what the files say
"""

import copy
import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from asset_defaults import CHART_PARAMETERS, COLUMN, DEFAULTS, FILTER, METADATA, METRIC, NOISE, TYPES

KINDS = ("databases", "datasets", "charts", "dashboards")
NAME_OF = {
    "databases": "database_name",
    "datasets": "table_name",
    "charts": "slice_name",
    "dashboards": "dashboard_title",
}
VERSION = "1.0.0"
# The marts' schema in the files; the settings may rename it on the way in.
SCHEMA = "marts"
URI = "generated from the settings by tools/superset.sh"


class AssetError(ValueError):
    """What is wrong with a file, and what to do."""


@dataclass(frozen=True)
class Target:
    """Where the dashboards shall look: made from the settings by connection.py."""

    uri: str
    engine_params: dict
    schema: str = SCHEMA


def read(folder: Path) -> dict[str, dict]:
    files = {}
    for kind in KINDS:
        for path in sorted((folder / kind).glob("*.yaml")):
            name = f"{kind}/{path.name}"
            try:
                content = yaml.safe_load(path.read_text())
            except yaml.YAMLError as error:
                raise AssetError(f"{path} is no YAML: {error}. Mend the file, or take it from git") from error
            if not isinstance(content, dict) or "uuid" not in content or NAME_OF[kind] not in content:
                raise AssetError(f"{path} wants the keys uuid and {NAME_OF[kind]}. Mend the file, or take it from git")
            files[name] = content
    if not files:
        raise AssetError(f"{folder} holds no dashboards. Take dashboards/superset from git")
    return files


def write(folder: Path, files: dict[str, dict]) -> list[str]:
    """Makes `folder` hold exactly `files`; says what changed. A known uuid keeps its file's name."""
    known = {content["uuid"]: name for name, content in read(folder).items()} if any(folder.glob("*/*.yaml")) else {}
    wanted = {known.get(content["uuid"], name): dump(content) for name, content in files.items()}
    changes = []
    for name in sorted(set(known.values()) - set(wanted)):
        (folder / name).unlink()
        changes.append(f"removed {name}")
    for name, text in sorted(wanted.items()):
        path = folder / name
        if path.exists() and path.read_text() == text:
            continue
        changes.append(f"{'changed' if path.exists() else 'new'} {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return changes


# From the files to Superset


def expand(files: dict[str, dict], target: Target) -> dict[str, str]:
    """The contents of an import bundle, by path."""
    bundle = {"metadata.yaml": {"version": VERSION, "type": "assets"}}
    names = {content["uuid"]: content["slice_name"] for path, content in files.items() if path.startswith("charts/")}
    datasets = {content["uuid"] for path, content in files.items() if path.startswith("datasets/")}
    for path, content in files.items():
        kind = path.split("/")[0]
        full = {**DEFAULTS[kind], **copy.deepcopy(content), "version": VERSION}
        if kind == "databases":
            full["sqlalchemy_uri"] = target.uri
            full["extra"] = {**full.get("extra", {}), "engine_params": target.engine_params}
        elif kind == "datasets":
            full["schema"] = target.schema if full.get("schema") == SCHEMA else full.get("schema")
            full["columns"] = [{**COLUMN, **column} for column in full["columns"]]
            full["metrics"] = [{**METRIC, **metric} for metric in full["metrics"]]
        elif kind == "charts":
            if full.get("dataset_uuid") not in datasets:
                raise AssetError(f"{path} names a dataset_uuid that no file in datasets/ has. Correct either")
            full["params"] = {**CHART_PARAMETERS, **full.get("params", {}), "viz_type": full["viz_type"]}
        else:
            full = _expand_dashboard(path, full, names)
        bundle[path] = full
    return {path: yaml.safe_dump(content, sort_keys=False) for path, content in bundle.items()}


def _expand_dashboard(path: str, dashboard: dict, names: dict[str, str]) -> dict:
    position = {"DASHBOARD_VERSION_KEY": "v2", **dashboard["position"]}
    numbers = {}  # Stand-ins for the server's ids; the import replaces them by uuid.
    for key, component in position.items():
        if not isinstance(component, dict):
            continue
        component["id"] = key
        component.setdefault("children", [])
        if component["type"] == "CHART":
            uuid = component["meta"]["uuid"]
            if uuid not in names:
                raise AssetError(f"{path}: {key} names a chart uuid that no file in charts/ has. Correct either")
            numbers[uuid] = component["meta"]["chartId"] = len(numbers) + 1
            component["meta"]["sliceName"] = names[uuid]
        if component["type"] == "HEADER":
            component["meta"] = {"text": dashboard["dashboard_title"]}
    _set_parents(position, "ROOT_ID", [])
    metadata = {**METADATA, **copy.deepcopy(dashboard.get("metadata", {}))}
    for native_filter in metadata["native_filter_configuration"]:
        for key, value in FILTER.items():
            native_filter.setdefault(key, copy.deepcopy(value))
        scope = native_filter.setdefault("scope", {"rootPath": ["ROOT_ID"], "excluded": []})
        scope["excluded"] = [numbers[uuid] for uuid in scope.get("excluded", []) if uuid in numbers]
    return {**dashboard, "position": position, "metadata": metadata}


def _set_parents(position: dict, key: str, parents: list[str]) -> None:
    component = position[key]
    if parents:
        component["parents"] = parents
    for child in component["children"]:
        if child not in position:
            raise AssetError(f"the dashboard's layout names {child} under {key}, which it does not describe")
        _set_parents(position, child, [*parents, key])


# From Superset to the files


def collapse(exported: dict[str, str], schema: str = SCHEMA) -> dict[str, dict]:
    """What an export says beyond the defaults, by the path a new file would get."""
    loaded = {path: yaml.safe_load(text) for path, text in exported.items() if path.split("/")[0] in KINDS}
    files = {}
    for path, content in loaded.items():
        kind = path.split("/")[0]
        content.pop("version", None)
        content.pop("tags", None)
        if kind == "databases":
            content["sqlalchemy_uri"] = URI
            content["extra"] = _without((content.get("extra") or {}), ("engine_params",))
        elif kind == "datasets":
            content["schema"] = SCHEMA if content.get("schema") == schema else content.get("schema")
            content["columns"] = sorted((_column(c) for c in content["columns"]), key=_column_order)
            content["metrics"] = sorted((_metric(m) for m in content["metrics"]), key=_metric_name)
        elif kind == "charts":
            content["params"] = _parameters(content["params"])
        else:
            content = _collapse_dashboard(content)
        files[_file_name(kind, content, files)] = _ordered(kind, _pruned(content, DEFAULTS[kind]))
    return files


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower().replace("%", "pct")).strip("_")


def _file_name(kind: str, content: dict, taken: dict[str, dict]) -> str:
    name = f"{kind}/{slug(content[NAME_OF[kind]])}"
    return f"{name}_{content['uuid'][:8]}.yaml" if f"{name}.yaml" in taken else f"{name}.yaml"


def _metric(metric: dict) -> dict:
    return _name_first("metric_name", _pruned(metric, METRIC))


def _name_first(key: str, values: dict) -> dict:
    return {key: values[key], **dict(sorted(values.items()))}


def _metric_name(metric: dict) -> str:
    return metric["metric_name"]


def _column_order(column: dict) -> tuple[bool, str]:
    return ("expression" in column, column["column_name"])


def _column(column: dict) -> dict:
    column = dict(column)
    for pattern, word in TYPES:
        if column.get("type") and re.fullmatch(pattern, column["type"].upper()):
            column["type"] = word
            break
    return _name_first("column_name", _pruned(column, COLUMN))


def _parameters(params: dict) -> dict:
    params = _scrubbed(_without(params, NOISE["chart"]))
    return dict(sorted(_pruned(params, CHART_PARAMETERS).items()))


def _scrubbed(value):
    """Without the random names that a browser gives to filters and metrics."""
    if isinstance(value, dict):
        return {key: _scrubbed(inner) for key, inner in value.items() if key not in NOISE["parameter"]}
    if isinstance(value, list):
        return [_scrubbed(inner) for inner in value]
    return value


def _collapse_dashboard(dashboard: dict) -> dict:
    position, uuids = {}, {}
    for key, component in dashboard["position"].items():
        if not isinstance(component, dict):
            continue
        meta = dict(component.get("meta", {}))
        if component["type"] == "CHART":
            uuids[meta.pop("chartId", None)] = meta["uuid"]
            meta.pop("sliceName", None)
        if component["type"] == "HEADER":
            meta = {}
        pruned = {"type": component["type"], "meta": dict(sorted(meta.items())), "children": component.get("children")}
        position[key] = {name: value for name, value in pruned.items() if value}
    metadata = _pruned(_without(dashboard.get("metadata") or {}, NOISE["metadata"]), METADATA)
    for native_filter in metadata.get("native_filter_configuration", []):
        scope = native_filter.get("scope", {})
        scope["excluded"] = sorted(uuids[number] for number in scope.get("excluded", []) if number in uuids)
        for key in NOISE["filter"]:
            native_filter.pop(key, None)
        for key, value in FILTER.items():
            if native_filter.get(key) == value:
                native_filter.pop(key)
        if scope == {"rootPath": ["ROOT_ID"], "excluded": []}:
            native_filter.pop("scope")
    return {**dashboard, "position": _in_reading_order(position), "metadata": dict(sorted(metadata.items()))}


def _in_reading_order(position: dict) -> dict:
    ordered = {}

    def visit(key: str) -> None:
        if key in position and key not in ordered:
            ordered[key] = position[key]
            for child in position[key].get("children", []):
                visit(child)

    visit("ROOT_ID")
    for key in sorted(position):
        visit(key)
    return ordered


def _without(values: dict, keys: tuple[str, ...]) -> dict:
    return {key: value for key, value in values.items() if key not in keys}


def _pruned(values: dict, defaults: dict) -> dict:
    """Without what is at its default; an empty text, list or mapping is as good as none."""
    return {
        key: value
        for key, value in values.items()
        if key not in defaults or (value != defaults[key] and (value or defaults[key] or value == 0))
    }


def _ordered(kind: str, content: dict) -> dict:
    first = (NAME_OF[kind], "uuid", "database_uuid", "dataset_uuid", "viz_type", "schema", "slug", "main_dttm_col")
    last = ("params", "metrics", "columns", "metadata", "position")
    middle = sorted(set(content) - set(first) - set(last))
    return {key: content[key] for key in (*first, *middle, *last) if key in content}


# The files' form: one line for what is looked at as one thing, so that a change is a line of a diff


class _Line(dict):
    pass


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


_Dumper.add_representer(_Line, lambda d, v: d.represent_mapping("tag:yaml.org,2002:map", v, flow_style=True))
_Dumper.add_representer(
    str, lambda d, v: d.represent_scalar("tag:yaml.org,2002:str", v, style="|" if "\n" in v else None)
)


def _lined(content: dict) -> dict:
    content = dict(content)
    for key in ("columns", "metrics"):
        if key in content:
            content[key] = [_Line(item) for item in content[key]]
    if "position" in content:
        content["position"] = {
            key: value if "code" in value.get("meta", {}) else _Line(value)
            for key, value in content["position"].items()
        }
    if "params" in content:
        content["params"] = {
            key: [_Line(item) if isinstance(item, dict) else item for item in value]
            if isinstance(value, list)
            else value
            for key, value in content["params"].items()
        }
    return content


def dump(content: dict) -> str:
    return yaml.dump(_lined(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
