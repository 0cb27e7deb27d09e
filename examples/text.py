#!/usr/bin/env python3
"""Characters as numbers: makes the arrays of text.sh out of languages.tsv.

    text.py windows           JSON with x, [samples, 32], and y, [samples]: every 32 characters and their language;
                              x_val and y_val are of sentences that are not in x
    text.py encode SENTENCE   JSON with x: the windows of one sentence

Needs nothing but Python.
"""

import json
import pathlib
import sys

LANGUAGES = ["en", "de", "fr", "es"]
ALPHABET = " abcdefghijklmnopqrstuvwxyzßàáâäçèéêëíîïñóôöùúûü"
WIDTH = 32
STEP = 2


def windows(sentence):
    """The numbers of every 32 characters of a sentence, [windows, 32]."""
    letters = "".join(c if c in ALPHABET else " " for c in sentence.lower())
    numbers = [ALPHABET.index(c) for c in " ".join(letters.split()).ljust(WIDTH)]
    return [numbers[start : start + WIDTH] for start in range(0, len(numbers) - WIDTH + 1, STEP)]


def arrays():
    """The windows and languages of all sentences; every fifth sentence is for validation."""
    lines = (pathlib.Path(__file__).parent / "languages.tsv").read_text(encoding="utf-8").splitlines()
    result = {"x": [], "y": [], "x_val": [], "y_val": []}
    for index, line in enumerate(lines):
        language, sentence = line.split("\t")
        suffix = "_val" if index % 5 == 4 else ""
        for window in windows(sentence):
            result["x" + suffix].append(window)
            result["y" + suffix].append(LANGUAGES.index(language))
    return result


if __name__ == "__main__":
    if sys.argv[1:] == ["windows"]:
        print(json.dumps(arrays()))
    elif sys.argv[1:2] == ["encode"] and len(sys.argv) == 3:
        print(json.dumps({"x": windows(sys.argv[2])}))
    else:
        sys.exit(__doc__)
