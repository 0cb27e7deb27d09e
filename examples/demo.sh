#!/usr/bin/env bash
# Starts a server of its own, with a temporary data directory and on a free port; runs guide.sh against it; stops it.
set -euo pipefail

fitd=${FITD:-.build/release/fitd}
here=$(cd "$(dirname "$0")" && pwd)

work=$(mktemp -d)
server=
stop() {
    if [[ -n $server ]] && kill "$server" 2>/dev/null; then wait "$server" || true; fi
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

"$fitd" serve --port 0 --data-dir "$work/data" >"$work/out" 2>"$work/log" &
server=$!
url=
for _ in {1..200}; do
    url=$(sed -n 's/^fitd listening on //p' "$work/out")
    [[ -n $url ]] && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.05
done
if [[ -z $url ]]; then
    echo "fitd did not start:" >&2
    cat "$work/log" >&2
    exit 1
fi
echo "fitd listens on $url"
FITD_URL=$url "$here/guide.sh"
