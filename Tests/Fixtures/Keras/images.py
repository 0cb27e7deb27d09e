"""What real Keras makes of images: `python images.py` writes images.npz.

Affine transformations by given matrices, and the layers of random augmentation by given draws, so that the arithmetic
can be held against Keras's whatever the generators of random numbers.  A member's name begins with what it belongs to.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers as L

rng = np.random.default_rng(5)
members = {}

# Matrices from gentle to far beyond the edges, on an image of 5 by 4 and of one row.
images = rng.standard_normal((24, 5, 4, 2)).astype("float32")
scales = np.geomspace(0.1, 4, 24)
matrices = np.zeros((24, 8), "float32")
matrices[:, [0, 4]] = 1
matrices[:, [0, 1, 3, 4]] += scales[:, None] * rng.standard_normal((24, 4))
matrices[:, [2, 5]] = 3 * scales[:, None] * rng.standard_normal((24, 2))
members["x"], members["matrices"] = images, matrices
for fill in ("reflect", "wrap", "constant", "nearest"):
    for interpolation in ("nearest", "bilinear"):
        for name, part in (("image", images), ("row", images[:, :1])):
            members[f"{name}/{fill}/{interpolation}"] = keras.ops.image.affine_transform(
                part, matrices, interpolation=interpolation, fill_mode=fill, fill_value=0.7
            )

# The matrices of the layers' own, from what they draw.
draws = rng.uniform(-1, 1, (24, 2)).astype("float32")
members["draws"] = draws
zeros, ones = np.zeros(24, "float32"), np.ones(24, "float32")
rotation = L.RandomRotation(0.5)
members["rotation"] = rotation._compute_affine_matrix(
    0.5, 0.5, keras.ops.convert_to_tensor(180 * draws[:, 0]), zeros, zeros, ones, zeros, zeros, 5, 4
)
members["zoom"] = L.RandomZoom(0.5)._get_zoom_matrix(
    keras.ops.convert_to_tensor(1 + 0.9 * draws[:, ::-1]), 5, 4
)
members["translation"] = L.RandomTranslation(0.5, 0.5)._get_translation_matrix(
    keras.ops.convert_to_tensor(draws[:, ::-1] * np.float32([4, 5]))
)

# Values by given factors, the gradient of their product with `images`, and windows of small images.
factors = rng.uniform(0.2, 1.8, (24, 1, 1, 1)).astype("float32")
members["factors"] = factors
import tensorflow as tf

for data_format in ("channels_last", "channels_first"):
    for layer, draw in (
        (L.RandomContrast(1.0, value_range=(-1, 1), data_format=data_format), {"contrast_factor": factors}),
        (L.RandomBrightness(1.0, value_range=(-1, 1), data_format=data_format), {"rgb_delta": factors - 1}),
    ):
        name = f"{type(layer).__name__}/{data_format}"
        with tf.GradientTape() as tape:
            x = tf.constant(images)
            tape.watch(x)
            y = layer.transform_images(x, draw)
            loss = tf.reduce_sum(y * images[::-1])
        members[name] = y
        members[f"{name}/gradient"] = tape.gradient(loss, x)
for height, width in ((5, 4), (6, 6), (3, 4), (4, 9), (9, 2)):
    layer = L.RandomCrop(height, width)
    members[f"crop/{height}/{width}"] = layer(images, training=True)

np.savez_compressed("images.npz", **{key: np.asarray(value) for key, value in members.items()})
