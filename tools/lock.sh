#!/bin/sh
# Writes the two locks anew: every package by version and hash, without the address of any download host.
# `tools/lock.sh` keeps the versions it finds; `tools/lock.sh --upgrade` takes the newest that fit pyproject.toml.
set -eu
cd "$(dirname "$0")/.."
compile() {
    .tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@"
}
compile "$@" --output-file requirements-dev.lock pyproject.toml --group dev
compile --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml --group assets
printf 'uv==%s\n' "$(.tools/bin/uv --version | cut -d ' ' -f 2)" |
    compile --no-deps --output-file tools/installer.txt -
