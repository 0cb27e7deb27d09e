#!/usr/bin/env python3
"""The data of the guide to Keras's Sequential model, as .npy files in a folder.

    guide.py FOLDER

Writes x.npy, float64 [1000, 100], as `numpy.random.random` draws it; y.npy, int64 [1000, 1], zeros and
ones as `numpy.random.randint` draws them; and few.npy, the first five rows of x. Needs nothing but Python.
"""

import pathlib
import random
import struct
import sys


def npy(descr, shape, code, values):
    """The bytes of a .npy file, version 1: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html"""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    return (
        b"\x93NUMPY\x01\x00"
        + struct.pack("<H", len(header))
        + header.encode("ascii")
        + struct.pack(f"<{len(values)}{code}", *values)
    )


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    draw = random.Random(0)
    x = [draw.random() for _ in range(1000 * 100)]
    y = [draw.randrange(2) for _ in range(1000)]
    (folder / "x.npy").write_bytes(npy("<f8", (1000, 100), "d", x))
    (folder / "y.npy").write_bytes(npy("<i8", (1000, 1), "q", y))
    (folder / "few.npy").write_bytes(npy("<f8", (5, 100), "d", x[:500]))


if __name__ == "__main__":
    main()
