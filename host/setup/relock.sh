#!/bin/sh
# Write the lock files anew from requirements.in, the two stub packages and the fuzzer. Needs `uv`
# on the PATH.
# The locks name no index: the one that pip is configured with on the machine is used.
set -eu
cd "$(dirname "$0")/.."
lock() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-emit-index-url --no-emit-find-links --no-annotate --upgrade --output-file "$1" -
}
lock requirements.lock < requirements.in
for board in unix esp32-esp32_generic; do
    echo "micropython-$board-stubs==1.29.*" | lock "setup/stubs-${board%%-*}.lock"
done
echo atheris | lock setup/fuzz.lock
