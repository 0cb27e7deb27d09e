#!/usr/bin/env bash
# Handwritten digits, by curl against a running server: a network of two layers that reads 19 of 20 and more.
# Needs Python with numpy and scikit-learn for the data; PYTHON names it.
set -euo pipefail

url=${FITD_URL:-http://127.0.0.1:8080}
here=$(cd "$(dirname "$0")" && pwd)
json='Content-Type: application/json'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" "$here/digits.py" "$work/digits.npz"

curl -sS --fail-with-body -T "$work/digits.npz" "$url/v1/datasets/digits"
echo
curl -sS --fail-with-body -X PUT -H "$json" -o "$work/model.json" "$url/v1/models/digits" -d '{"layers": [
    {"class_name": "Dense", "units": 64, "activation": "relu", "input_dim": 64},
    {"class_name": "Dense", "units": 10, "activation": "softmax"}]}'
curl -sS --fail-with-body -o "$work/compile.json" -H "$json" "$url/v1/models/digits/compile" \
    -d '{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}'
curl -sS --fail-with-body -o "$work/fit.json" -H "$json" "$url/v1/models/digits/fit" \
    -d '{"x": "digits/x", "y": "digits/y", "epochs": 30, "validation_split": 0.2}'

job=$(grep -o 'job_[0-9A-Za-z]*' "$work/fit.json" | head -n 1)
curl -sSN --fail-with-body -H 'Accept: text/plain' "$url/v1/jobs/$job/events"
curl -sS --fail-with-body -H 'Accept: text/csv' "$url/v1/jobs/$job/history"
