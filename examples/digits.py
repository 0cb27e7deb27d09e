#!/usr/bin/env python3
"""The UCI handwritten digits of scikit-learn, 1797 images of 8 × 8, as one .npz.

    digits.py FILE.npz

x is float32 [1797, 64], from 0 to 1; y is int64 [1797]. The order is drawn anew, because the last images
of the original are by other hands than the first. Needs numpy and scikit-learn.
"""

import sys

import numpy as np
from sklearn.datasets import load_digits


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    np.savez(sys.argv[1], x=(x[order] / 16).astype(np.float32), y=y[order])


if __name__ == "__main__":
    main()
