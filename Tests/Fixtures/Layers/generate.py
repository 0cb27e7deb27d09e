"""What Keras says of each example layer: the configuration that it writes, and the shapes that it gives.

    python generate.py          # asks about examples that are new or changed
    python generate.py --all    # asks about each again

reads `examples.json` beside it and writes `keras.json`. An example is one layer with the inputs that it takes:

    class_name, config    the layer as a client sends it
    shapes                inputs with the batch; an axis is a size, or [least, most] or [least, most, step] to draw from
    whole_numbers_below   the inputs are whole numbers below this, not normal ones
    masked                a mask is laid on the steps
    smooth                false where the output jumps, so that differences of the input tell no gradient
    changes_weights       true where a training step changes the weights by itself, and computes with the changed ones
    stops_gradients       true where the output depends on the input through what has no gradient by definition

For each one `keras.json` has, in the same order,

    example    the example itself
    input      the shape of the input that the layer was built for
    written    the layer in `model.to_json()` of a stack that holds it alone
    shapes     `input` with `output`, or with `refused` where Keras raises; null is a size left open

and the example alone where it has an expression, which Keras does not take.
"""

import argparse
import json
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers as L

FOLDER = pathlib.Path(__file__).parent
INNER = ("layer", "backward_layer", "cell")
INNER_LISTS = ("layers", "cells")


def make(spec):
    """The Keras layer of a class and a configuration."""
    config = dict(spec["config"])
    config |= {key: make(config[key]) for key in INNER if key in config}
    config |= {key: [make(inner) for inner in config[key]] for key in INNER_LISTS if key in config}
    if spec["class_name"] == "Sequential":
        return keras.Sequential(**config)
    return getattr(L, spec["class_name"])(**config)


def stack(example, shape):
    keras.utils.clear_session()
    dtype = "int32" if "whole_numbers_below" in example else "float32"
    layer = make(example)
    return keras.Sequential([L.Input(batch_shape=shape, dtype=dtype), layer], name="sequential")


def middle(shape):
    """One size for each axis of an example's shape."""
    sizes = [[axis] if isinstance(axis, int) else range(axis[0], axis[1] + 1, *axis[2:]) for axis in shape]
    return [choices[len(choices) // 2] for choices in sizes]


def opened(shape):
    """The shape with its batch open, with each further axis open, and with all of them open."""
    yield [None, *shape[1:]]
    for axis in range(1, len(shape)):
        yield [None if index in (0, axis) else size for index, size in enumerate(shape)]
    if len(shape) > 2:
        yield [None] * len(shape)


def is_stateful(example):
    return '"stateful": true' in json.dumps(example)


def is_settled(example, shape):
    """Whether Keras gives the shape that it announces; where it does not, an open size proves nothing."""
    model = stack(example, shape)
    try:
        output = model(np.zeros(shape, "float32"))
    except Exception:  # what TensorFlow cannot compute on a CPU
        return True
    return tuple(output.shape) == tuple(model.output_shape)


def shapes(example):
    for shape in map(middle, example["shapes"]):
        if not is_settled(example, shape):
            continue
        for input in [shape] if is_stateful(example) else opened(shape):
            try:
                yield {"input": input, "output": list(stack(example, input).output_shape)}
            except Exception as error:
                yield {"input": input, "refused": type(error).__name__}


def describe(example):
    if '"expression"' in json.dumps(example) or example["class_name"] == "Lambda":
        return {"example": example}
    shape = middle(example["shapes"][0])
    model = stack(example, shape if is_stateful(example) else [None, *shape[1:]])
    return {
        "example": example,
        "input": list(model.input_shape),
        "written": json.loads(model.to_json())["config"]["layers"][-1],
        "shapes": list(shapes(example)),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true", help="ask about every example again")
    options = parser.parse_args()
    examples = json.loads((FOLDER / "examples.json").read_text())
    known = {}
    if not options.all:
        known = {json.dumps(said["example"]): said for said in json.loads((FOLDER / "keras.json").read_text())}
    lines = []
    for example in examples:
        said = known.get(json.dumps(example))
        if not said:
            print(example["class_name"], flush=True)
        lines.append(json.dumps(said or describe(example)))
    (FOLDER / "keras.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


main()
