"""The arrays of the two real runs."""

import pathlib

import numpy as np
from sklearn.datasets import load_digits

FOLDER = pathlib.Path(__file__).parent
STEPS = 20


def arrays(name):
    """Inputs and labels of a run, in an order that has nothing to do with their origin."""
    if name == "digits":
        images, labels = load_digits(return_X_y=True)
        x, y = images.reshape(-1, 8, 8, 1).astype("float32") / 16, labels.astype("int32")
    else:
        text = (FOLDER / "text.txt").read_text()
        alphabet = sorted(set(text))
        codes = np.array([alphabet.index(character) for character in text], dtype="int32")
        x = np.lib.stride_tricks.sliding_window_view(codes[:-1], STEPS)
        y = codes[STEPS:]
    order = np.random.default_rng(0).permutation(len(x))
    return x[order], y[order]
