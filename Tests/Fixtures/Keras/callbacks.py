#!/usr/bin/env python3
"""Writes callbacks.json: what Keras's ModelCheckpoint, CSVLogger and TensorBoard make of one small fit, records of event
files as TensorFlow writes them, and how Python writes numbers.

    callbacks.py

It needs TensorFlow and TensorBoard. The fit is that of Tests/TrainingTests/SmallFit.swift: three batches an epoch, no shuffling, given weights.
"""

import json
import os
import pathlib
import struct
import tempfile

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
from keras.src.utils import io_utils

X = np.sin(np.arange(36) * 0.7).astype("float32").reshape(12, 3)
Y = np.cos(np.arange(12) * 1.3).astype("float32").reshape(12, 1)
WEIGHTS = [
    np.array([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]], "float32"),
    np.array([0.05, -0.05], "float32"),
    np.array([[0.7], [-0.8]], "float32"),
    np.array([0.1], "float32"),
]

# Arguments of ModelCheckpoint, of fit, and the learning rate.
CHECKPOINTS = [
    ({"filepath": "{epoch:02d}-{val_loss:.2f}.keras"}, {}, 0.2),
    ({"filepath": "./runs/best.keras", "save_best_only": True, "verbose": 1}, {"epochs": 4}, 0.2),
    ({"filepath": "best-{epoch}.keras", "save_best_only": True, "monitor": "loss", "verbose": 1}, {"epochs": 6}, 1.5),
    ({"filepath": "{epoch}.keras", "save_best_only": True, "monitor": "mae", "mode": "max"}, {"epochs": 3}, 0.9),
    ({"filepath": "{{{epoch}}}.h5", "save_best_only": True, "monitor": "val_mae"}, {"epochs": 6}, 0.7),
    ({"filepath": "{epoch}.keras", "save_best_only": True, "initial_value_threshold": 0.5}, {"epochs": 6}, 0.2),
    ({"filepath": "{epoch:>4}_{loss:+.3e}.weights.h5", "save_weights_only": True, "verbose": 1}, {}, 0.2),
    ({"filepath": "{epoch}-{batch:03d}-{loss:.4f}.keras", "save_freq": 1}, {"epochs": 2}, 0.2),
    ({"filepath": "{epoch}-{batch}.keras", "save_freq": 2}, {"epochs": 4}, 0.2),
    ({"filepath": "{epoch}-{batch}.keras", "save_freq": 4, "verbose": 1}, {"epochs": 4}, 0.2),
    ({"filepath": "{epoch}-{batch}.keras", "save_freq": 7}, {"epochs": 6}, 0.2),
    ({"filepath": "{epoch}-{val_mae:.1%}.keras"}, {"initial_epoch": 2, "epochs": 5}, 0.2),
    ({"filepath": "{epoch}.keras", "save_best_only": True, "verbose": 1}, {"epochs": 4, "validation_freq": 2}, 0.2),
    ({"filepath": "{epoch}.keras", "monitor": "val_loss", "save_best_only": True}, {"validation_data": None}, 0.2),
]

# Other callbacks before CSVLogger, its arguments, arguments of fit.
LOGS = [
    ([], {}, {}),
    ([], {"separator": ";"}, {"validation_data": None}),
    ([("ReduceLROnPlateau", {"monitor": "loss"})], {"append": True}, {}),
    ([], {}, {"epochs": 4, "validation_freq": 2}),
    ([], {"separator": "\t"}, {"epochs": 4, "validation_freq": [2, 4], "initial_epoch": 1}),
]

# Arguments of TensorBoard, arguments of fit.
BOARDS = [
    ({}, {}),
    ({"update_freq": "batch"}, {"epochs": 2}),
    ({"update_freq": 2, "histogram_freq": 1}, {"epochs": 4}),
    ({"histogram_freq": 2, "write_graph": False}, {"epochs": 3, "validation_data": None}),
]

# What Python's format gives for a specification and a value.
FORMATS = [
    (spec, value)
    for value in [7, -42, 1234567]
    for spec in ["", "d", "02d", "05", "+d", " d", "<6d", ">6", "^7", "*^9d", "=+8d", "x", "#x", "X", "#o", "b", "#010b",
                 ",", "_d", "_x", ".2f", "e", "g", ".1%", "n", "08,d", "010,.2f", ".2d", "q", "5.", "dd", "z", "=", ",x"]
] + [
    (spec, value)
    for value in [0.5, -1234.5678, 3.0, -0.04, 0.0, 1e-5, 1e16, 1e22, 123456789.123, float("nan"), float("inf"), 0.1 + 0.2]
    for spec in ["", ".2f", "f", "+.3f", " .3f", "08.3f", ".4", ".0f", "#.0f", "e", ".3e", "E", "g", ".3g", "G", "#g", "n", "%", ".1%",
                 ",.2f", "_.3f", ">12.2f", "<12.2f", "^12.2f", "*^12.2f", "=+12.2f", "012,.2f", ".10", "10", "z.1f", "d", "x", ",n", "ff"]
]


# The time of every record.
TIME = 1767225600.25


def fit(callbacks, arguments, rate):
    keras.utils.clear_session()
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "tanh"), keras.layers.Dense(1)])
    model.set_weights(WEIGHTS)
    model.compile(keras.optimizers.SGD(rate), "mse", metrics=["mae"])
    arguments = {"epochs": 3, "validation_data": (X[:4], Y[:4]), **arguments}
    model.fit(X, Y, batch_size=5, shuffle=False, verbose=0, callbacks=callbacks, **arguments)
    return model


def plain(arguments):
    """The arguments of fit as the client sends them; validation data is there unless it says otherwise."""
    return {name: value if name != "validation_data" else value is not None for name, value in arguments.items()}


def checkpoints():
    for arguments, fitting, rate in CHECKPOINTS:
        saved, notes = [], []
        callback = keras.callbacks.ModelCheckpoint(**arguments)

        def save(path, overwrite):
            saved.append({"name": path, "weight": float(callback.model.get_weights()[0][0, 0])})

        printed = io_utils.print_msg
        io_utils.print_msg = lambda text, **_: notes.append(text.lstrip("\n"))

        class Saver(keras.callbacks.Callback):
            def on_train_begin(self, logs=None):
                self.model.save = self.model.save_weights = save

        os.chdir(tempfile.gettempdir())
        fit([Saver(), callback], fitting, rate)
        io_utils.print_msg = printed
        yield {"arguments": arguments, "fit": plain(fitting), "learning_rate": rate, "saved": saved, "notes": notes}


def logs():
    for before, arguments, fitting in LOGS:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "training.log"
            others = [getattr(keras.callbacks, name)(**config) for name, config in before]
            fit([*others, keras.callbacks.CSVLogger(path, **arguments)], fitting, 0.2)
            text = path.read_bytes().decode()
        yield {
            "before": [{"class_name": name, "config": config} for name, config in before],
            "arguments": arguments,
            "fit": plain(fitting),
            "text": text,
        }


def events(path):
    """The events of a file, read from its frames."""
    from tensorboard.compat.proto.event_pb2 import Event

    data = path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        yield Event.FromString(data[12 : 12 + length])
        data = data[16 + length :]


def boards():
    from tensorboard.util import tensor_util

    for arguments, fitting in BOARDS:
        with tempfile.TemporaryDirectory() as folder:
            fit([keras.callbacks.TensorBoard(os.path.join(folder, "logs"), **arguments)], fitting, 0.2)
            values = []
            for path in sorted(pathlib.Path(folder).glob("**/*tfevents*")):
                for event in events(path):
                    for value in event.summary.value:
                        array = tensor_util.make_ndarray(value.tensor)
                        plugin = value.metadata.plugin_data
                        values.append(
                            {
                                "folder": path.parent.relative_to(folder).as_posix(),
                                "tag": value.tag,
                                "step": event.step,
                                "plugin": plugin.plugin_name,
                                "content": plugin.content.decode("latin-1"),
                                "value": [array.item().decode()] if array.dtype == object else array.ravel().tolist(),
                                "shape": list(array.shape),
                            }
                        )
        yield {"arguments": arguments, "fit": plain(fitting), "values": values}


def records():
    """Records of an event file, in TensorFlow's frames, as hexadecimal digits."""
    import tensorflow as tf
    from tensorboard.compat.proto.event_pb2 import Event, SourceMetadata
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto

    def summary(tag, tensor, plugin, content=b""):
        data = SummaryMetadata.PluginData(plugin_name=plugin, content=content)
        value = Summary.Value(tag=tag, tensor=TensorProto.FromString(tensor.SerializeToString()))
        value.metadata.plugin_data.CopyFrom(data)
        return Summary(value=[value])

    buckets = np.arange(90, dtype="float64").reshape(30, 3) / 7
    all_events = {
        "version": Event(wall_time=TIME, file_version="brain.Event:2", source_metadata=SourceMetadata(writer="fitd")),
        "scalar": Event(wall_time=TIME, step=300, summary=summary("epoch_loss", tf.make_tensor_proto(np.float32(0.7)), "scalars")),
        "first": Event(wall_time=TIME, summary=summary("epoch_loss", tf.make_tensor_proto(np.float32(-2)), "scalars")),
        "histogram": Event(wall_time=TIME, step=1, summary=summary("m/dense/kernel/histogram", tf.make_tensor_proto(buckets), "histograms")),
        "model": Event(wall_time=TIME, summary=summary("keras", tf.make_tensor_proto(b'{"a":[1,null]}'), "graph_keras_model", b"1")),
    }
    for name, event in all_events.items():
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "records"
            with tf.io.TFRecordWriter(str(path)) as writer:
                writer.write(event.SerializeToString(deterministic=True))
            yield {"name": name, "bytes": path.read_bytes().hex()}


def formats():
    for spec, value in FORMATS:
        try:
            text = format(value, spec)
        except ValueError:
            text = None
        yield {"spec": spec, "value": value if value == value and abs(value) != float("inf") else repr(value), "text": text}


if __name__ == "__main__":
    target = pathlib.Path(__file__).resolve().with_name("callbacks.json")
    document = {
        "keras": keras.__version__,
        "checkpoints": list(checkpoints()),
        "logs": list(logs()),
        "boards": list(boards()),
        "records": list(records()),
        "formats": list(formats()),
    }
    # An item a line, so that a change shows in a diff.
    members = [
        f'"{name}": ' + (json.dumps(items) if isinstance(items, str) else "[\n" + ",\n".join(map(json.dumps, items)) + "\n]")
        for name, items in document.items()
    ]
    target.write_text("{\n" + ",\n".join(members) + "\n}\n")
