#!/usr/bin/env bash
# Fails when a committed file names a home folder or a package registry of one machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
pattern='/(root|home/[a-z]+)/\.|(^|[^-])-?-(index-url|extra-index-url) *[= ]https?:|registry *= *https?:|GOPROXY=http|"resolved": *"http'
! git grep -nIE "$pattern" -- . ':!tools/testing/machine_paths.sh' ':!*package-lock.json'
