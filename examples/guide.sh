#!/usr/bin/env bash
# The main program of the guide to Keras's Sequential model, by curl against a running server.
set -euo pipefail

url=${FITD_URL:-http://127.0.0.1:8080}
here=$(cd "$(dirname "$0")" && pwd)
json='Content-Type: application/json'
PS4=$'\n$ '

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/guide.py" "$work"
cd "$work"

set -x
curl -sS --fail-with-body -T x.npy "$url/v1/datasets/x"
curl -sS --fail-with-body -T y.npy "$url/v1/datasets/y"

curl -sS --fail-with-body -X PUT -H "$json" "$url/v1/models/guide" -d '{"layers": [
    {"class_name": "Dense", "config": {"units": 32, "activation": "relu", "input_dim": 100}},
    {"class_name": "Dense", "config": {"units": 1, "activation": "sigmoid"}}]}'
curl -sS --fail-with-body "$url/v1/models/guide/summary"

curl -sS --fail-with-body -o compile.json -H "$json" "$url/v1/models/guide/compile" \
    -d '{"optimizer": "rmsprop", "loss": "binary_crossentropy", "metrics": ["accuracy"]}'
curl -sS --fail-with-body -o fit.json -H "$json" "$url/v1/models/guide/fit" \
    -d '{"x": "x", "y": "y", "epochs": 10, "batch_size": 32}'

{ job=$(grep -o 'job_[0-9A-Za-z]*' fit.json | head -n 1); } 2>/dev/null
curl -sSN --fail-with-body -H 'Accept: text/plain' "$url/v1/jobs/$job/events"
curl -sS --fail-with-body "$url/v1/jobs/$job/history"
curl -sS --fail-with-body -H 'Content-Type: application/x-npy' --data-binary @few.npy "$url/v1/models/guide/predict"
{ set +x; } 2>/dev/null
echo
