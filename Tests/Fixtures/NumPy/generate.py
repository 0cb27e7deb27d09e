"""Writes the files beside this script with NumPy, and what has to be read from them.

    python generate.py

Everything comes from one seed, so a second run writes the same bytes.
"""

import csv
import io
import json
import struct
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
random = np.random.default_rng(7)
DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()
SHAPES = [(), (5,), (3, 4), (2, 3, 4)]


def values(dtype, shape):
    """An array with the dtype's extremes in it."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape))
    if dtype.kind == "b":
        flat = random.integers(0, 2, count).astype(bool)
    elif dtype.kind in "iu":
        limits = np.iinfo(dtype)
        flat = random.integers(limits.min, limits.max, count, dtype=dtype, endpoint=True)
        flat[-1] = limits.max
        flat[0] = limits.min if count > 1 else 42
    else:
        flat = random.normal(size=count).astype(dtype)
        if count > 4:
            flat[1:4] = np.nan, np.inf, np.finfo(dtype).smallest_subnormal
    return flat.reshape(shape)


def expected(array):
    """The array as little-endian C order, and as NumPy converts it."""
    with np.errstate(over="ignore"):
        return {
            "dtype": array.dtype.name,
            "shape": list(array.shape),
            "bytes": np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes().hex(),
            "float64": array.astype("<f8").tobytes().hex(),
            "float32": array.astype("<f4").tobytes().hex(),
        }


class Unseekable(io.RawIOBase):
    """A pipe, as far as zipfile is concerned: sizes then follow each member's data."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


def arrays():
    """Every dtype in both byte orders, both memory orders and 0 to 3 dimensions."""
    result = {}
    for dtype in DTYPES:
        for order, sign in (("little", "<"), ("big", ">")):
            for memory in "CF":
                for shape in SHAPES:
                    array = values(dtype, shape).astype(np.dtype(dtype).newbyteorder(sign), order=memory)
                    result[f"{dtype}/{order}/{memory}/{len(shape)}"] = array
    result["empty"] = np.zeros((0, 3), "<f4")
    result["empty_rows"] = np.zeros((3, 0), "<f4", order="F")
    result["five"] = np.asfortranarray(values("float32", (2, 1, 3, 2, 4)))
    result["long"] = np.asfortranarray(random.integers(0, 9, (400, 3)).astype(">i4"))
    return result


def write_npz():
    named = arrays()
    np.savez(HERE / "stored.npz", **named)
    np.savez_compressed(HERE / "deflated.npz", **named)
    few = {name: named[name] for name in ("float32/big/F/3", "int64/little/C/2", "empty")}
    for name, save in (("streamed", np.savez), ("streamed_deflated", np.savez_compressed)):
        with open(HERE / f"{name}.npz", "wb") as file:
            save(Unseekable(file), **few)
    np.savez(HERE / "positional.npz", np.arange(3), np.ones((2, 2)))
    (HERE / "arrays.json").write_text(
        json.dumps({name: expected(array) for name, array in named.items()}, indent=0) + "\n")


def write_npy():
    array = np.arange(12, dtype="<f4").reshape(3, 4)
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(HERE / f"version{version[0]}.npy", "wb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            np.lib.format.write_array(file, array, version=version)
    refused = {
        "object": np.array([{"a": 1}, "text"], dtype=object),
        "structured": np.zeros(2, dtype=[("a", "<f4"), ("b", "<i8")]),
        "unicode": np.array(["one", "three"], dtype="<U10"),
        "bytes": np.array([b"one", b"three"], dtype="|S5"),
        "complex64": np.array([1 + 2j], dtype="<c8"),
        "datetime": np.array(["2020-01-01"], dtype="<M8[ns]"),
        "timedelta": np.array([1], dtype="<m8[s]"),
        "longdouble": np.zeros(1, np.longdouble),
        "void": np.zeros(2, dtype="|V8"),
    }
    for name, array in refused.items():
        np.save(HERE / f"refused_{name}.npy", array, allow_pickle=True)


def write_headers():
    """The headers that NumPy writes, for every dtype and many shapes."""
    shapes = [(), (0,), (7,), (1000, 100), (0, 3), (10**18,), (1,) * 32, (1,) * 64, (123456789, 2, 3, 4, 5, 6, 7)]
    shapes += [(10**n, 1) for n in range(18)]
    headers = []
    for shape in shapes:
        for dtype in DTYPES if len(shape) < 3 else DTYPES[:1]:
            if np.prod([float(size) for size in shape]) * np.dtype(dtype).itemsize >= 2**63:
                continue
            file = io.BytesIO()
            description = np.dtype(dtype).newbyteorder("<").str
            np.lib.format.write_array_header_1_0(
                file, {"descr": description, "fortran_order": False, "shape": shape})
            headers.append({"dtype": dtype, "shape": list(shape), "header": file.getvalue().hex()})
    (HERE / "headers.json").write_text(json.dumps(headers, indent=0) + "\n")


def write_safetensors():
    """By the format's definition: header length, JSON header, data end to end."""
    tensors = {
        "layer/kernel": values("float32", (3, 4)),
        "layer/bias": values("float16", (4,)),
        "mask": values("bool", (2, 3)),
        "ids": values("int64", (5,)),
        "bytes": values("uint8", (3,)),
        "scalar": values("float64", ()),
        "empty": np.zeros((0, 2), "<f4"),
    }
    codes = {"float32": "F32", "float16": "F16", "bool": "BOOL", "int64": "I64", "uint8": "U8", "float64": "F64"}
    header, data = {"__metadata__": {"format": "np"}}, b""
    for name, array in tensors.items():
        header[name] = {
            "dtype": codes[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + array.nbytes],
        }
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (HERE / "tensors.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (HERE / "tensors.json").write_text(
        json.dumps({name: expected(array) for name, array in tensors.items()}, indent=0) + "\n")


def write_csv():
    columns = {
        "sepal length, cm": random.normal(size=50),
        "count": random.integers(-9, 9, 50),
        "large": random.integers(2**53, 2**63 - 1, 50),
        'the "label"': random.integers(0, 3, 50),
        "scientific": random.normal(size=50) * 10.0 ** random.integers(-300, 300, 50),
    }
    with open(HERE / "table.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*(column.tolist() for column in columns.values())))
    (HERE / "table.json").write_text(
        json.dumps({name: expected(column) for name, column in columns.items()}, indent=0) + "\n")


def check_written():
    """NumPy reads what NPZWriter wrote; its test holds the writer to this very file."""
    path = HERE / "written.npz"
    if not path.exists():
        return
    with np.load(path) as file:
        assert file.files == ["dense/kernel", "ids", "scalar", "größe"], file.files
        np.testing.assert_array_equal(file["dense/kernel"], np.arange(6, dtype="f4").reshape(2, 3) / 8)
        np.testing.assert_array_equal(file["ids"], np.array([-1, 0, 2**62]))
        assert file["scalar"].shape == () and file["scalar"] == 0.1
        assert file["größe"].dtype == bool and file["größe"].tolist() == [True, False]


if __name__ == "__main__":
    write_npz()
    write_npy()
    write_headers()
    write_safetensors()
    write_csv()
    check_written()
