#!/usr/bin/env bash
# Suite lint: the format of C++ and Python, the rules of ruff, shellcheck and sqlfluff, and clang-tidy when asked.
#
#   tools/testing/lint.sh          everything but clang-tidy, which costs minutes
#   tools/testing/lint.sh --tidy   with it (make check); tidy.py looks at what changed since it was last clean
#   tools/testing/lint.sh --fix    rewrites the format instead of checking it, nothing else
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin="${XDG_CACHE_HOME:-$HOME/.cache}/rcml/deps/lint-tools/bin"
PATH="$bin:$PATH"

mapfile -t cpp < <(git ls-files --cached --others --exclude-standard 'src/*.cc' 'src/*.h' 'bench/*.cc' 'bench/*.h')
mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh' .ci/run)

if [ "${1:-}" = --fix ]; then
  clang-format -i "${cpp[@]}"
  ruff format --quiet .
  ruff check --quiet --fix-only .
  exit 0
fi

passed=0
failed=0
# check NAME CURE COMMAND...
check() {
  local name=$1 cure=$2
  shift 2
  echo "== $name"
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "lint: $name failed. $cure"
  fi
}

check clang-format "Run: make format" clang-format --dry-run -Werror "${cpp[@]}"
check ruff-format "Run: make format" ruff format --check --diff .
check ruff "See the rule's name: ruff rule NAME" ruff check .
check shellcheck "See the rule's page named above" shellcheck -x "${scripts[@]}"
if [ "${1:-}" = --tidy ]; then
  check clang-tidy "See .clang-tidy for why a rule is there" "$bin/../../python-tools/bin/python" tools/testing/tidy.py
fi
check sqlfluff "Run: sqlfluff fix dags/clickstream/models, with the pinned sqlfluff" sqlfluff lint dags/clickstream/models
check no-machine-paths "Paths and registries of one machine do not belong into the repository" tools/testing/machine_paths.sh
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
