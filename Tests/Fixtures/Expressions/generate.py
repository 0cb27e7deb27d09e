"""Writes expressions.json: what Keras gives for expressions, and for their gradients.

Run with Keras 3 and TensorFlow: KERAS_BACKEND=tensorflow python generate.py
"""

import json
import math
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from keras.src.legacy import backend as K

rng = np.random.default_rng(7)


def rounded(array):
    return np.round(array, 3).astype("float32")


# Name: (array, whether the first axis is the batch).
ARRAYS = {
    "y_true": (rounded(rng.normal(size=(5, 3))), True),
    "y_pred": (rounded(rng.normal(size=(5, 3))), True),
    "p": (rounded(rng.uniform(0.05, 0.95, size=(5, 3))), True),
    "q": (np.eye(3, dtype="float32")[[0, 2, 1, 1, 0]], True),
    "labels": (np.array([0, 2, 1, 1, 0], "float32"), True),
    "x": (rounded(rng.normal(size=(4, 2, 3)) * 2), True),
    "ties": (np.array([[1, 3, 3], [2, 2, 2], [0, -1, 0], [0.5, 1.5, 2.5]], "float32"), True),
    "zeros": (np.array([[1, 0, 3], [0, 0, 2], [2, 5, 4]], "float32"), True),
    "w": (rounded(rng.normal(size=(3, 4))), False),
    "m": (rounded(rng.normal(size=(2, 3, 2))), False),
    "v": (rounded(rng.normal(size=(3,))), False),
    "step": (np.array(17, "float32"), False),
}

# Expressions with the names that they take; those behind the bar get no gradient.
CASES = """
K.mean(y_pred)
K.mean(K.square(y_true - y_pred), axis=-1)
K.mean(K.abs(y_true - y_pred), axis=-1, keepdims=True)
K.sum(y_pred, axis=0)
K.sum(x, axis=(0, 2))
K.sum(x, axis=(1, 2), keepdims=True)
K.sum(x, axis=[0])
K.sum(x)
mean(x, axis=(0, 2))
mean(x, axis=1)
K.max(ties, axis=-1)
K.min(ties, axis=-1)
K.max(ties)
K.max(x, axis=(0, 2))
ops.prod(zeros, axis=-1)
ops.prod(y_pred, axis=0)
K.var(x, axis=(0, 1))
K.std(y_pred)
ops.std(x, axis=-1, keepdims=True)
x * K.sigmoid(x)
K.square(x)
K.sqrt(x)
ops.sqrt(p)
K.exp(-x)
K.log(p + K.epsilon())
K.abs(ties)
K.sin(x) + K.cos(x)
ops.tan(y_pred)
K.tanh(x)
ops.arcsin(p) + ops.arccos(p) + ops.arctan(p)
ops.sinh(x) - ops.cosh(x)
ops.arcsinh(x)
ops.arccosh(1 + p)
ops.arctanh(p)
ops.log1p(p) + ops.log2(p) + ops.log10(p)
ops.expm1(x)
ops.rsqrt(p)
ops.reciprocal(x)
ops.erf(x)
ops.relu(ties)
K.relu(x)
K.relu(x, alpha=0.1)
K.relu(x, max_value=6)
K.relu(x, alpha=0.2, max_value=1.5, threshold=0.5)
ops.relu6(4 * x)
K.softplus(x)
K.softsign(x)
K.elu(x, 0.5)
ops.elu(ties)
ops.selu(ties)
ops.celu(x, 1.5)
ops.silu(x)
ops.swish(x)
ops.gelu(x)
ops.gelu(x, approximate=False)
ops.leaky_relu(ties)
K.hard_sigmoid(x)
ops.hard_sigmoid(x)
ops.hard_silu(x)
ops.hard_tanh(x)
ops.tanh_shrink(x)
ops.log_sigmoid(x)
K.softmax(x)
K.softmax(x, axis=1)
ops.softmax(x, axis=(1, 2))
ops.softmax(y_pred, axis=None)
ops.log_softmax(x)
ops.logsumexp(x, axis=-1)
ops.logsumexp(x, axis=(0, 1), keepdims=True)
K.clip(ties, 0, 2)
K.clip(x, -1.5, None)
ops.clip(x, -0.5, 0.5)
K.maximum(ties, 1.0)
K.minimum(x, v)
K.maximum(ties, K.flatten(v)[:1])
y_true + v
v - y_pred
x * v
x / (2.5 + v)
y_true[:, :1] * y_pred
2 / p
p ** 3
p ** y_pred
2 ** y_pred
K.pow(p, 0.5)
ops.power(x, 2)
x % 0.75
x % (v + 3)
-x % 0.75
ops.where(x > 0, x, 0.1 * x)
ops.where(y_true > y_pred, y_true, v)
K.switch(y_true > 0, y_true, y_pred)
ops.stop_gradient(y_pred) * y_pred
y_pred[:, 0]
y_pred[..., 1]
y_pred[:, -1:]
x[:, ::-1, 1:]
x[:, 1, ::2]
x[:, None, 0, :]
x[-1]
x[0, 1]
K.flatten(x)
K.batch_flatten(x)
ops.reshape(x, (-1, 6))
ops.reshape(x, (-1, 3, 2))
ops.reshape(x, (-1,))
ops.expand_dims(y_pred, 1)
K.expand_dims(y_pred)
K.squeeze(y_pred[:, :1], -1)
ops.transpose(x)
ops.transpose(x, (0, 2, 1))
K.permute_dimensions(x, (2, 0, 1))
ops.swapaxes(x, 0, 2)
K.reverse(x, axes=1)
ops.flip(x, axis=-1)
K.concatenate([y_true, y_pred])
ops.concatenate([y_true, y_pred, p], axis=0)
ops.stack([y_true, y_pred], axis=1)
K.dot(y_pred, w)
K.dot(x, w)
ops.matmul(x, w)
ops.matmul(x[:, None], m)
y_pred @ w
ops.dot(y_pred, v)
ops.dot(v, w)
ops.matmul(y_pred, ops.transpose(y_pred))
K.cumsum(y_pred)
ops.cumsum(x, axis=1)
ops.cumsum(y_pred)
K.l2_normalize(x, axis=-1)
K.l2_normalize(y_pred)
ops.normalize(y_pred)
ops.logaddexp(y_true, y_pred)
ops.arctan2(y_true, y_pred)
K.categorical_crossentropy(q, p)
ops.categorical_crossentropy(q, p)
ops.categorical_crossentropy(q, y_pred, from_logits=True)
ops.categorical_crossentropy(q, ops.softmax(y_pred))
K.sparse_categorical_crossentropy(labels, p)
ops.sparse_categorical_crossentropy(labels, y_pred, from_logits=True)
ops.sparse_categorical_crossentropy(labels, p)
K.binary_crossentropy(q, p)
ops.binary_crossentropy(q, p)
ops.binary_crossentropy(q, y_pred, from_logits=True)
ops.binary_crossentropy(q, ops.sigmoid(y_pred))
K.mean(K.maximum(1.0 - q * y_pred, 0.0), axis=-1)
K.sum(q * K.log(q / K.clip(p, K.epsilon(), 1) + 1e-7), axis=-1)
1 - K.sum(y_true * y_pred, axis=-1) / (K.sqrt(K.sum(y_true ** 2, -1)) * K.sqrt(K.sum(y_pred ** 2, -1)))
K.mean(K.log(ops.cosh(y_pred - y_true)), axis=-1)
1 - (2 * K.sum(q * p) + 1) / (K.sum(q) + K.sum(p) + 1)
-K.mean(0.25 * q * K.pow(1 - p, 2.0) * K.log(p))
y_pred * K.tanh(K.softplus(y_pred))
0.01 * K.exp(-0.1 * step)
0.1 / (1 + 0.5 * step)
0.5 * 0.01 * (1 + K.cos(math.pi * step / 100))
K.minimum(step ** -0.5, step * 10 ** -1.5)
K.sum(ops.convert_to_tensor([1.0, 2.0, 0.5]) * K.square(y_true - y_pred), axis=-1)
ops.ones((1, 3)) * y_pred
K.ones((3,)) - y_pred
ops.full((3,), 0.25) * y_pred
ops.full_like(y_pred, 2.5) * y_pred
ops.zeros((1, 3)) + x
ops.tile(y_pred, 2)
ops.tile(y_pred, (2, 1))
ops.tile(v, (2, 2))
ops.tile(x, [1, 3, 2])
K.tile(y_pred, [1, 2])
ops.repeat(y_pred, 2)
ops.repeat(y_pred, 3, axis=1)
ops.repeat(x, 2, axis=0)
K.repeat(y_pred, 4)
K.repeat_elements(x, 2, axis=1)
ops.broadcast_to(v, (2, 3)) * x
ops.broadcast_to(v, K.shape(y_pred)) * y_pred
ops.moveaxis(x, 0, -1)
ops.moveaxis(x, (0, 1), (2, 0))
ops.outer(y_pred, v)
ops.hypot(y_true, y_pred)
ops.exp2(x)
ops.nan_to_num(x / (1 + ops.relu(x)))
ops.average(x, axis=1)
ops.average(y_pred, axis=1, weights=v)
ops.average(y_pred, weights=p)
ops.norm(y_pred)
ops.norm(x, axis=-1)
ops.norm(x, ord=1, axis=1, keepdims=True)
ops.norm(x, ord=2, axis=2)
ops.norm(v, ord=1)
K.sum(y_pred) / K.cast(K.shape(y_pred)[0], 'float32')
ops.sum(y_pred) / ops.cast(ops.shape(y_pred)[0], 'float32')
K.sum(x, axis=(1, 2)) / (x.shape[1] * x.shape[-1])
K.sum(x) / K.int_shape(x)[2]
ops.reshape(x, (ops.shape(x)[0], -1))
ops.reshape(x, (ops.shape(x)[0], 6))
ops.reshape(x, (-1, x.shape[2]))
K.ones((K.shape(y_pred)[0], 1)) * y_pred
|
ops.ones((2, 3))
ops.zeros((3, 2), 'int32')
ops.isclose(ties, 2)
ops.isclose(y_true, y_true + 1e-6)
ops.nan_to_num(zeros / zeros[0])
ops.nan_to_num(K.log(zeros), nan=1.0, posinf=2.0, neginf=-3.0)
ops.size(w)
K.equal(ties, 2)
ties == 2
K.not_equal(ties, 2)
K.greater(y_true, y_pred)
K.greater_equal(ties, 2)
K.less(x, v)
K.less_equal(ties, 0)
(y_true > 0) & (y_pred > 0)
(y_true > 0) | ~(y_pred > 0)
(y_true > 0) ^ (y_pred > 0)
ops.logical_and(y_true > 0, y_pred > 0)
ops.logical_xor(zeros, zeros[:, :1])
ops.logical_not(zeros)
K.round(ties)
K.round(ties * 5)
ops.round(x, 1)
K.sign(ties)
ops.floor(x) + ops.ceil(x)
x // 0.75
-x // 0.75
K.argmax(ties, axis=-1)
K.argmax(ties)
ops.argmax(ties)
ops.argmin(x, axis=1)
K.argmin(zeros)
ops.argmax(x, axis=0, keepdims=True)
K.any(zeros, axis=0)
K.all(zeros, axis=1)
ops.any(x > 2)
ops.all(x > -9, axis=(0, 2))
ops.count_nonzero(zeros, axis=1)
K.cast(x, 'int32')
K.cast(y_true > 0, 'float32')
K.cast(zeros, 'bool')
ops.sum(y_true > 0)
ops.mean(y_true > 0)
ops.sum(ops.cast(x, 'int32'), axis=-1)
ops.cast(x, 'int32') // 2
ops.cast(x, 'int32') % 3
ops.cast(x, 'int32') / 2
ops.isnan(x / x[0])
ops.isfinite(1 / zeros)
ops.isinf(K.log(zeros))
1 / zeros
-1 / zeros
zeros / zeros
K.one_hot(K.cast(labels, 'int32'), 3)
ops.one_hot(labels, 4, axis=0)
ops.ones_like(x) + ops.zeros_like(x)
ops.divide_no_nan(zeros, zeros[:, 1:2])
K.mean(K.equal(K.argmax(q, axis=-1), K.argmax(p, axis=-1)))
K.mean(K.cast(K.equal(q, K.round(p)), 'float32'), axis=-1)
ops.mean(ops.equal(labels, ops.argmax(p, axis=-1)))
"""

K.epsilon = keras.backend.epsilon
NAMESPACE = {name: getattr(ops, name) for name in dir(ops) if not name.startswith("_")}
NAMESPACE.update(K=K, ops=ops, math=math)


def used(expression):
    return [name for name in ARRAYS if name in compile(expression, "", "eval").co_names]


def weights(count):
    return np.array([0.5 + 0.1 * (index % 7) for index in range(count)], "float32")


def numbers(array):
    values = np.asarray(array).astype("float64").ravel()
    return [
        float(f"{value:.9g}") if math.isfinite(value) else
        "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        for value in values
    ]


def case(expression, differentiable):
    names = used(expression)
    tensors = {name: tf.constant(ARRAYS[name][0]) for name in names}
    with tf.GradientTape() as tape:
        for tensor in tensors.values():
            tape.watch(tensor)
        value = tf.convert_to_tensor(eval(expression, NAMESPACE | tensors))
        if differentiable:
            size = int(tf.size(value))
            total = tf.reduce_sum(tf.reshape(value, [-1]) * weights(size))
    result = {"expression": expression, "inputs": names, "shape": list(value.shape), "value": numbers(value)}
    if differentiable:
        gradients = tape.gradient(total, tensors)
        result["gradients"] = {
            name: numbers(tf.zeros_like(tensors[name]) if gradient is None else gradient)
            for name, gradient in gradients.items()
        }
    return result


def main():
    smooth, stepped = ([line for line in part.splitlines() if line] for part in CASES.split("\n|\n"))
    cases, skipped = [], []
    for lines, differentiable in ((smooth, True), (stepped, False)):
        for line in lines:
            try:
                cases.append(case(line, differentiable))
            except Exception as error:
                skipped.append((line, repr(error)[:200]))
    for line, error in skipped:
        print("does not run in Keras:", line, error)
    arrays = {
        name: {"shape": list(array.shape), "batch": batch, "values": numbers(array)}
        for name, (array, batch) in ARRAYS.items()
    }
    document = {"keras": keras.__version__, "arrays": arrays, "cases": cases}
    text = json.dumps(document, indent=None, separators=(",", ":")).replace('{"expression"', '\n{"expression"')
    pathlib.Path(__file__).with_name("expressions.json").write_text(text + "\n")
    print(len(cases), "cases")


main()
