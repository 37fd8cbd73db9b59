"""What Superset, a server or a browser puts into an asset by itself. Tables for assets.py, nothing else."""

# Superset's own defaults. A field that has its default is not written; a field that is not written gets it.
DEFAULTS = {
    "databases": {
        "cache_timeout": None,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_file_upload": False,
        "impersonate_user": False,
        "configuration_method": "sqlalchemy_form",
    },
    "datasets": {
        "main_dttm_col": None,
        "currency_code_column": None,
        "description": None,
        "default_endpoint": None,
        "offset": 0,
        "cache_timeout": None,
        "catalog": None,
        "sql": None,
        "params": None,
        "template_params": None,
        "filter_select_enabled": True,
        "fetch_values_predicate": None,
        "extra": None,
        "normalize_columns": False,
        "always_filter_main_dttm": False,
        "folders": None,
        "columns": [],
        "metrics": [],
    },
    "charts": {
        "description": None,
        "certified_by": None,
        "certification_details": None,
        "query_context": None,
        "cache_timeout": None,
    },
    "dashboards": {
        "description": None,
        "css": "",
        "slug": None,
        "certified_by": None,
        "certification_details": None,
        "published": True,
        "theme_uuid": None,
    },
}
COLUMN = {
    "verbose_name": None,
    "is_dttm": False,
    "is_active": True,
    "type": None,
    "advanced_data_type": None,
    "groupby": True,
    "filterable": True,
    "expression": None,
    "description": None,
    "python_date_format": None,
    "datetime_format": None,
    "extra": None,
}
METRIC = {
    "verbose_name": None,
    "metric_type": None,
    "description": None,
    "d3format": None,
    "currency": None,
    "extra": None,
    "warning_text": None,
}
METADATA = {
    "chart_configuration": {},
    "color_scheme": "",
    "color_namespace": None,
    "cross_filters_enabled": True,
    "default_filters": "{}",
    "expanded_slices": {},
    "filter_scopes": {},
    "global_chart_configuration": {},
    "label_colors": {},
    "native_filter_configuration": [],
    "refresh_frequency": 0,
    "timed_refresh_immune_slices": [],
}
# Made anew by each browser or server that saves: random names, ids, palettes, lists derived from the layout.
NOISE = {
    "chart": ("datasource", "slice_id", "dashboards", "viz_type", "dashboardId", "url_params"),
    "parameter": ("filterOptionName", "optionName", "datasourceWarning", "hasCustomLabel", "isNew", "isExtra"),
    "metadata": ("shared_label_colors", "map_label_colors", "color_scheme_domain", "chart_configuration",
                 "global_chart_configuration", "default_filters", "positions", "show_native_filters"),
    "filter": ("chartsInScope", "tabsInScope"),
}  # fmt: skip
CHART_PARAMETERS = {"extra_form_data": {}, "annotation_layers": [], "adhoc_filters": []}
FILTER = {"type": "NATIVE_FILTER", "cascadeParentIds": [], "description": "", "requiredFirst": False}
# One word for a type on all warehouses, so that a refresh of the columns elsewhere changes nothing.
TYPES = (
    (r"(CHARACTER VARYING|VARCHAR|TEXT|STRING|CHAR)\b.*", "VARCHAR"),
    (r"(TIMESTAMP|DATETIME)\b.*", "TIMESTAMP"),
    (r"(DOUBLE|DOUBLE_PRECISION|DOUBLE PRECISION|FLOAT8?|REAL)\b.*", "DOUBLE PRECISION"),
    (r"(DECIMAL|NUMERIC)\b.*", "DECIMAL"),
    (r"(BIGINT|INT8|HUGEINT)\b.*", "BIGINT"),
    (r"(INTEGER|INT|INT4|SMALLINT)\b.*", "INTEGER"),
    (r"(BOOLEAN|BOOL)\b.*", "BOOLEAN"),
    (r"DATE\b.*", "DATE"),
)
