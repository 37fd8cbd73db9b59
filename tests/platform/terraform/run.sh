#!/usr/bin/env bash
# terraform/ checked by Terraform, tflint and checkov, without a cloud; and its rights against what the program does on S3.
#   tests/platform/terraform/run.sh [file or pytest arguments]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=${RCML_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps}
exec "$deps/python-tools/bin/python" -m pytest -q -rfEs -p no:cacheprovider --rootdir "$here" "${@:-$here}"
