#!/usr/bin/env bash
# Which language is this? An Embedding and an LSTM over characters, by curl against a running server.
# Trains on 80 sentences, validates on 20 others, and answers for one that it has never seen.
set -euo pipefail

url=${FITD_URL:-http://127.0.0.1:8080}
here=$(cd "$(dirname "$0")" && pwd)
json='Content-Type: application/json'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/text.py" windows > "$work/languages.json"
python3 "$here/text.py" encode "${1:-Das Wetter ist heute viel schöner als gestern.}" > "$work/sentence.json"

curl -sS --fail-with-body -X PUT -H "$json" --data-binary "@$work/languages.json" "$url/v1/datasets/languages"
echo
curl -sS --fail-with-body -X PUT -H "$json" -o "$work/model.json" "$url/v1/models/language" -d '{"layers": [
    {"class_name": "Embedding", "input_dim": 48, "output_dim": 16, "input_length": 32},
    {"class_name": "LSTM", "units": 32},
    {"class_name": "Dense", "units": 4, "activation": "softmax"}]}'
curl -sS --fail-with-body -o "$work/compile.json" -H "$json" "$url/v1/models/language/compile" -d '{
    "optimizer": {"class_name": "Adam", "config": {"learning_rate": 0.005}},
    "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}'
curl -sS --fail-with-body -o "$work/fit.json" -H "$json" "$url/v1/models/language/fit" \
    -d '{"x": "languages/x", "y": "languages/y", "epochs": 12,
         "validation_data": {"x": "languages/x_val", "y": "languages/y_val"}}'

job=$(grep -o 'job_[0-9A-Za-z]*' "$work/fit.json" | head -n 1)
curl -sSN --fail-with-body -H 'Accept: text/plain' "$url/v1/jobs/$job/events"
echo "The shares of English, German, French and Spanish, for each 32 characters of the sentence:"
curl -sS --fail-with-body -H "$json" --data-binary "@$work/sentence.json" "$url/v1/models/language/predict"
echo
