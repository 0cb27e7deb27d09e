import Protocol

extension LayerExample {
    /// Classes that are parts of other layers and stand in no stack by themselves.
    static let parts: Set<String> = [
        "LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells", "InputLayer",
    ]

    /// At least one example of every layer.
    static let all: [LayerExample] =
        [
            LayerExample(
                "Sequential",
                [
                    "layers": [
                        ["class_name": "Dense", "config": ["units": 3, "activation": "tanh", "name": "a"]]
                    ]
                ],
                [3, 4]),
            LayerExample(
                "Sequential",
                [
                    "layers": [
                        ["class_name": "InputLayer", "config": ["batch_shape": [nil, 4], "name": "i"]],
                        ["class_name": "PReLU", "config": ["name": "a"]],
                        ["class_name": "Dense", "config": ["units": 3, "name": "b"]],
                    ]
                ], [3, 4]),
            LayerExample("Activation", ["activation": "tanh"], [3, 4], [2, 3, 5], [4, 1]),
            LayerExample("Activation", ["activation": "softmax"], [3, 4], [2, 3, 5], [4, 1]),
            LayerExample("Activation", ["activation": "glu"], [3, 4], [2, 3, 6]),
            LayerExample("Dense", ["units": 3], [4, 5], [2, 3, 4], [3, 2, 2, 3]),
            LayerExample("Dense", ["units": 4, "activation": "gelu"], [4, 5], [2, 3, 4]),
            LayerExample("Dense", ["units": 4, "activation": "glu", "use_bias": false], [4, 5]),
            LayerExample(
                "Embedding", ["input_dim": 7, "output_dim": 3], [4, 5], [3, 1], [2, 2, 3], values: .indices(7)
            ),
            LayerExample("Identity", [:], [3, 4], [2, 3, 4], [5, 2]),
            LayerExample("Masking", [:], [3, 4, 2], [2, 5, 3], [2, 1, 1]),
            LayerExample("Flatten", [:], [3, 4, 2], [2, 5], [2, 2, 3, 2]),
            LayerExample("Flatten", ["data_format": "channels_first"], [3, 4, 2], [2, 5], [2, 2, 3, 2]),
            LayerExample("Reshape", ["target_shape": [2, -1]], [3, 4, 2], [2, 6], [2, 2, 3, 2]),
            LayerExample("Permute", ["dims": [2, 1]], [3, 4, 2], [2, 5, 3], [1, 2, 3]),
            LayerExample("Permute", ["dims": [2, 1, 3]], [3, 4, 2, 3], [2, 5, 3, 1], [1, 2, 3, 2]),
            LayerExample("RepeatVector", ["n": 3], [3, 4], [2, 5], [1, 2]),
            LayerExample("Dropout", ["rate": 0.4], [3, 40], [2, 5, 7], [4, 3]),
            LayerExample("Dropout", ["rate": 0.4, "seed": 3], [3, 40]),
            LayerExample("Dropout", ["rate": 0.4, "noise_shape": [nil, 1, 7]], [3, 4, 7]),
            LayerExample("Dropout", ["rate": 0.4, "noise_shape": [1, nil, 1]], [3, 4, 7]),
        ] + globalPooling + recurrent + wrappers + convolution + normalization + activations + noise
        + preprocessing
        + reshaping + rowNormalization + convLSTM + lambda + expressionActivations + augmentation

    private static let lambda: [LayerExample] = [
        LayerExample("Lambda", ["expression": "x * K.sigmoid(x)"], [3, 4], [2, 3, 5], [4, 1]),
        LayerExample("Lambda", ["function": "K.mean(x, axis=1)"], [3, 4], [2, 3, 5]),
        LayerExample(
            "Lambda",
            [
                "function": ["name": "pairs", "expression": "factor * x[..., :2] * x[..., 2:]"],
                "arguments": ["factor": 0.5], "output_shape": [4, 2],
            ], [3, 4, 4]),
        LayerExample("Lambda", ["expression": "x - K.mean(x, axis=0)"], [3, 4]),
        LayerExample(
            "TimeDistributed",
            ["layer": ["class_name": "Lambda", "config": ["expression": "x - K.mean(x, axis=0)"]]], [3, 4, 2]),
        LayerExample("Lambda", ["expression": "K.argmax(x)"], [3, 4], isSmooth: false),
    ]

    /// Along the second axis, which is the units' in gates and that of positions in images.
    private static let squash: JSONValue = [
        "name": "squash", "expression": "x / (1 + K.sum(K.abs(x), axis=1, keepdims=True))",
    ]
    private static let swish: JSONValue = ["expression": "x * K.sigmoid(x)"]

    private static let expressionActivations: [LayerExample] = [
        LayerExample("Activation", ["activation": squash], [3, 4], [2, 3, 5]),
        LayerExample("Dense", ["units": 4, "activation": squash], [3, 5], [2, 3, 4]),
        LayerExample(
            "EinsumDense", ["equation": "abc,cd->adb", "output_shape": [4, nil], "activation": squash],
            [3, 5, 2]),
        LayerExample(
            "Conv2D", ["filters": 3, "kernel_size": 2, "activation": squash], [2, 4, 3, 2], [1, 2, 2, 1]),
        LayerExample(
            "Conv2D",
            ["filters": 3, "kernel_size": 2, "activation": squash, "data_format": "channels_first"],
            [2, 2, 4, 3]),
        LayerExample(
            "Conv2D",
            ["filters": 3, "kernel_size": 2, "activation": "softmax", "data_format": "channels_first"],
            [2, 2, 4, 3]),
        LayerExample(
            "Conv2D", ["filters": 3, "kernel_size": 2, "activation": "glu", "data_format": "channels_first"],
            [2, 2, 4, 3]),
        LayerExample("DepthwiseConv1D", ["kernel_size": 2, "activation": "glu"], [2, 5, 4]),
        LayerExample("Conv1DTranspose", ["filters": 3, "kernel_size": 2, "activation": swish], [2, 4, 2]),
        LayerExample("LSTM", ["units": 3, "activation": squash], [3, 4, 2], isMasked: true),
        LayerExample(
            "LSTM", ["units": 3, "recurrent_activation": swish, "return_sequences": true], [3, 4, 2]),
        LayerExample(
            "GRU", ["units": 3, "activation": swish, "recurrent_activation": squash], [3, 4, 2],
            isMasked: true),
        LayerExample("GRU", ["units": 3, "reset_after": false, "activation": squash], [3, 4, 2]),
        LayerExample("SimpleRNN", ["units": 3, "activation": swish, "dropout": 0.3], [3, 4, 2]),
        LayerExample("ConvLSTM1D", ["filters": 2, "kernel_size": 2, "activation": swish], [2, 3, 4, 2]),
        LayerExample(
            "TimeDistributed",
            [
                "layer": [
                    "class_name": "Dense",
                    "config": ["units": 3, "activation": ["expression": "x - K.mean(x, axis=0)"]],
                ]
            ], [3, 4, 2]),
    ]

    /// Values are clipped in some; those at the edges of a range are few enough to be kinks.
    private static let augmentation: [LayerExample] =
        ["reflect", "wrap", "constant", "nearest"].flatMap { fill in
            [
                LayerExample("RandomRotation", ["factor": 0.5, "fill_mode": .string(fill)], [2, 4, 3, 2]),
                LayerExample(
                    "RandomZoom",
                    [
                        "height_factor": 0.4, "width_factor": [-0.5, 0.2], "fill_mode": .string(fill),
                        "data_format": "channels_first",
                    ], [2, 2, 4, 3]),
                LayerExample(
                    "RandomTranslation",
                    [
                        "height_factor": 0.4, "width_factor": [0.2, 0.3], "fill_mode": .string(fill),
                        "fill_value": 0.5, "interpolation": "nearest",
                    ], [2, 4, 3, 2], [3, 1, 5, 1]),
            ]
        } + [
            LayerExample("RandomFlip", [:], [4, 3, 4, 2], [5, 1, 1, 1]),
            LayerExample("RandomFlip", ["mode": "vertical", "data_format": "channels_first"], [4, 2, 3, 4]),
            LayerExample("RandomFlip", ["mode": "horizontal", "seed": 4], [4, 3, 4, 2]),
            LayerExample("RandomZoom", ["height_factor": [-0.5, -0.2]], [2, 4, 3, 2]),
            LayerExample(
                "RandomCrop", ["height": 2, "width": 3], [3, 4, 5, 2], [2, 2, 3, 1], [2, 1, 7, 1]),
            LayerExample(
                "RandomCrop", ["height": 2, "width": 2, "data_format": "channels_first"], [3, 2, 4, 5]),
            LayerExample("RandomContrast", ["factor": 0.8, "value_range": [-1, 1]], [3, 4, 3, 2]),
            LayerExample(
                "RandomContrast",
                ["factor": [0.5, 0.7], "value_range": [-9, 9], "data_format": "channels_first"], [3, 2, 4, 3]),
            LayerExample("RandomBrightness", ["factor": 0.8, "value_range": [-1, 1]], [3, 4, 3, 2]),
            LayerExample(
                "RandomBrightness", ["factor": [0.1, 0.5], "value_range": [9, -9]], [3, 4, 3, 2]),
        ]

    private static let globalPooling: [LayerExample] = ["Average", "Max"].flatMap { kind in
        [
            LayerExample("Global\(kind)Pooling1D", [:], [3, 4, 5], [2, 1, 3], [1, 6, 2]),
            LayerExample("Global\(kind)Pooling1D", [:], [3, 4, 5], [2, 6, 2], isMasked: true),
            LayerExample(
                "Global\(kind)Pooling2D", ["keepdims": true], [3, 4, 2, 5], [2, 1, 1, 3], [1, 3, 3, 2]),
            LayerExample(
                "Global\(kind)Pooling2D", ["data_format": "channels_first"], [3, 4, 2, 5], [2, 1, 1, 3]),
            LayerExample("Global\(kind)Pooling3D", [:], [2, 2, 3, 2, 3], [2, 1, 1, 1, 3]),
        ]
    }

    private static let recurrent: [LayerExample] =
        ["LSTM", "GRU", "SimpleRNN"].flatMap { name in
            [
                LayerExample(name, ["units": 3], [3, 4, 2], [2, 1, 5], [1, 6, 2]),
                LayerExample(
                    name, ["units": 3, "return_sequences": true], [3, 4, 2], [2, 1, 5], isMasked: true),
                LayerExample(
                    name, ["units": 2, "go_backwards": true, "use_bias": false], [3, 4, 2], isMasked: true),
                LayerExample(
                    name, ["units": 3, "return_sequences": true, "zero_output_for_mask": true], [3, 5, 2],
                    isMasked: true),
                LayerExample(
                    name,
                    [
                        "units": 3, "return_sequences": true, "zero_output_for_mask": true, "unroll": true,
                        "go_backwards": true,
                    ], [3, 5, 2], isMasked: true),
                LayerExample(name, ["units": 3, "activation": "softsign"], [3, 4, 2], isMasked: true),
                LayerExample(name, ["units": 3, "activation": "softmax", "dropout": 0.4], [3, 4, 2]),
                LayerExample(name, ["units": 4, "dropout": 0.3, "return_sequences": true], [3, 4, 6]),
                LayerExample(
                    name, ["units": 4, "dropout": 0.3, "recurrent_dropout": 0.3, "seed": 4], [3, 4, 6],
                    [2, 3, 2]),
                LayerExample(name, ["units": 3, "stateful": true], [3, 4, 2], isMasked: true),
            ]
        } + [
            LayerExample("GRU", ["units": 3, "reset_after": false], [3, 4, 2], [2, 1, 5], isMasked: true),
            LayerExample(
                "GRU", ["units": 3, "reset_after": false, "recurrent_dropout": 0.4, "use_bias": false],
                [3, 4, 2]),
            LayerExample("GRU", ["units": 3, "recurrent_activation": "hard_sigmoid"], [3, 4, 2]),
            LayerExample(
                "RNN", ["cell": ["class_name": "GRUCell", "config": ["units": 3]]], [3, 4, 2], [2, 5, 1]),
            LayerExample(
                "RNN",
                [
                    "return_sequences": true,
                    "cell": [
                        "class_name": "StackedRNNCells",
                        "config": [
                            "cells": [
                                ["class_name": "LSTMCell", "config": ["units": 3]],
                                ["class_name": "GRUCell", "config": ["units": 2, "dropout": 0.3]],
                                ["class_name": "SimpleRNNCell", "config": ["units": 4]],
                            ]
                        ],
                    ],
                ], [3, 4, 2], [2, 5, 1], isMasked: true),
        ]

    private static let wrappers: [LayerExample] =
        ["concat", "sum", "mul", "ave"].flatMap { mode in
            [
                LayerExample(
                    "Bidirectional",
                    ["merge_mode": .string(mode), "layer": ["class_name": "LSTM", "config": ["units": 3]]],
                    [3, 4, 2], [2, 1, 5], isMasked: mode == "sum"),
                LayerExample(
                    "Bidirectional",
                    [
                        "merge_mode": .string(mode),
                        "layer": ["class_name": "GRU", "config": ["units": 2, "return_sequences": true]],
                    ], [3, 4, 2], [2, 1, 5], isMasked: mode == "concat"),
            ]
        } + [
            LayerExample(
                "Bidirectional",
                [
                    "layer": ["class_name": "LSTM", "config": ["units": 3, "dropout": 0.3]],
                    "backward_layer": [
                        "class_name": "SimpleRNN", "config": ["units": 2, "go_backwards": true],
                    ],
                ], [3, 4, 2]),
            LayerExample(
                "TimeDistributed",
                ["layer": ["class_name": "Dense", "config": ["units": 3, "activation": "tanh"]]], [3, 4, 2],
                [2, 1, 5], isMasked: true),
            LayerExample(
                "TimeDistributed",
                ["layer": ["class_name": "LSTM", "config": ["units": 3]]], [3, 4, 2, 2]),
            LayerExample(
                "TimeDistributed",
                ["layer": ["class_name": "BatchNormalization", "config": [:]]], [4, 3, 2], [4, 2, 2, 3]),
            LayerExample(
                "TimeDistributed",
                ["layer": ["class_name": "BatchNormalization", "config": [:]]], [6, 3, 2], isMasked: true),
            LayerExample(
                "TimeDistributed",
                ["layer": ["class_name": "Conv2D", "config": ["filters": 2, "kernel_size": 2]]],
                [2, 3, 3, 4, 2]),
        ]

    private static let convolution: [LayerExample] =
        [
            LayerExample("Conv1D", ["filters": 3, "kernel_size": 2], [3, 5, 2], [2, 3, 1], [1, 6, 4]),
            LayerExample(
                "Conv1D", ["filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2],
                [2, 7, 3]),
            LayerExample(
                "Conv1D", ["filters": 4, "kernel_size": 3, "groups": 2, "activation": "gelu", "strides": 2],
                [2, 7, 4]),
            LayerExample(
                "Conv2D", ["filters": 3, "kernel_size": [2, 3], "padding": "same", "strides": 2],
                [2, 5, 4, 2],
                [1, 3, 3, 1]),
            LayerExample(
                "Conv2D", ["filters": 3, "kernel_size": 2, "data_format": "channels_first"], [2, 2, 4, 5],
                [1, 1, 3, 3]),
            LayerExample("Conv3D", ["filters": 2, "kernel_size": 2], [2, 3, 4, 3, 2], [1, 2, 2, 2, 1]),
            LayerExample("AdaptiveAveragePooling1D", ["output_size": 3], [2, 7, 2], [2, 2, 1]),
            LayerExample("AdaptiveAveragePooling2D", ["output_size": [2, 3]], [2, 5, 4, 2]),
            LayerExample(
                "AdaptiveAveragePooling3D", ["output_size": 2, "data_format": "channels_first"],
                [2, 2, 3, 4, 2]),
            LayerExample("AdaptiveMaxPooling1D", ["output_size": 3], [2, 7, 2], [1, 3, 2]),
            LayerExample(
                "AdaptiveMaxPooling2D", ["output_size": 2, "data_format": "channels_first"], [2, 2, 5, 4]),
            LayerExample("AdaptiveMaxPooling3D", ["output_size": [1, 2, 2]], [2, 2, 3, 4, 1]),
            LayerExample(
                "Conv1DTranspose", ["filters": 3, "kernel_size": 2, "strides": 3], [2, 4, 2], [1, 1, 1]),
            LayerExample(
                "Conv2DTranspose",
                ["filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1],
                [2, 3, 4, 2], [1, 2, 2, 3]),
            LayerExample(
                "Conv2DTranspose",
                ["filters": 2, "kernel_size": 2, "dilation_rate": 2, "data_format": "channels_first"],
                [2, 3, 2, 3]),
            LayerExample(
                "Conv3DTranspose", ["filters": 2, "kernel_size": 2, "activation": "tanh"], [2, 2, 3, 2, 2]),
            LayerExample(
                "DepthwiseConv1D", ["kernel_size": 3, "depth_multiplier": 2, "strides": 2], [2, 7, 3]),
            LayerExample(
                "DepthwiseConv2D", ["kernel_size": 2, "padding": "same", "data_format": "channels_first"],
                [2, 3, 4, 3], [1, 1, 2, 2]),
            LayerExample(
                "SeparableConv1D", ["filters": 4, "kernel_size": 3, "depth_multiplier": 2], [2, 6, 3]),
            LayerExample(
                "SeparableConv2D",
                ["filters": 2, "kernel_size": 2, "padding": "same", "data_format": "channels_first"],
                [2, 2, 4, 3]),
        ]
        + ["Max", "Average"].flatMap { kind in
            [
                LayerExample("\(kind)Pooling1D", [:], [3, 5, 2], [2, 4, 3], [1, 2, 1]),
                LayerExample(
                    "\(kind)Pooling2D", ["pool_size": 3, "strides": 2, "padding": "same"], [2, 5, 4, 2],
                    [1, 3, 3, 1]),
                LayerExample("\(kind)Pooling2D", ["data_format": "channels_first"], [2, 2, 4, 5]),
                LayerExample("\(kind)Pooling3D", [:], [2, 4, 2, 3, 2]),
            ]
        }

    private static let normalization: [LayerExample] = [
        LayerExample("BatchNormalization", [:], [5, 3], [4, 3, 2], [3, 2, 2, 3]),
        LayerExample("BatchNormalization", ["axis": 1, "scale": false], [4, 3, 2]),
        LayerExample("BatchNormalization", [:], [4, 3, 2], isMasked: true),
        LayerExample("BatchNormalization", ["trainable": false], [4, 3, 2]),
        LayerExample(
            "BatchNormalization", ["renorm": true, "renorm_clipping": ["rmax": 3, "dmax": 2]], [4, 3, 2],
            changesWeights: true),
        LayerExample("BatchNormalization", ["renorm": true, "trainable": false], [4, 3, 2]),
    ]

    private static let activations: [LayerExample] = [
        LayerExample(
            "ReLU", ["max_value": 1.5, "negative_slope": 0.1, "threshold": 0.2], [3, 4], [2, 3, 5]),
        LayerExample("ReLU", [:], [3, 4], [2, 3, 5], [4, 1]),
        LayerExample("LeakyReLU", [:], [3, 4], [2, 3, 5], [4, 1]),
        LayerExample("ELU", ["alpha": 0.7], [3, 4], [2, 3, 5], [4, 1]),
        LayerExample("PReLU", [:], [3, 4], [2, 3, 5], [4, 1]),
        LayerExample("PReLU", ["shared_axes": [1, 2]], [2, 3, 4, 5], isMasked: true),
        LayerExample("Softmax", [:], [3, 4], [2, 3, 5], [4, 2]),
        LayerExample("Softmax", ["axis": 1], [3, 4], [2, 3, 5], [2, 3, 2, 4]),
        LayerExample("Softmax", ["axis": [1, -1]], [2, 3, 5], [2, 3, 2, 4]),
        LayerExample("Softmax", [:], [3, 5], isMasked: true),
    ]

    private static let noise: [LayerExample] =
        ["SpatialDropout1D", "GaussianDropout", "GaussianNoise", "AlphaDropout"].map { name in
            LayerExample(
                name, [name == "GaussianNoise" ? "stddev" : "rate": 0.4], [3, 4, 5], [2, 1, 7], [4, 3, 2])
        } + [
            LayerExample("SpatialDropout2D", ["rate": 0.4], [3, 2, 2, 5], [1, 3, 2, 4]),
            LayerExample("SpatialDropout2D", ["rate": 0.4, "data_format": "channels_first"], [3, 5, 2, 2]),
            LayerExample("SpatialDropout3D", ["rate": 0.4, "seed": 5], [3, 2, 2, 2, 5]),
            LayerExample("AlphaDropout", ["rate": 0.3, "noise_shape": [nil, 1, 5]], [3, 4, 5]),
            LayerExample("ActivityRegularization", [:], [3, 4], [2, 3, 5], [4, 1]),
        ]

    private static let preprocessing: [LayerExample] = [
        LayerExample("Rescaling", ["scale": 0.5, "offset": -1], [3, 4], [2, 3, 5], [4, 1]),
        LayerExample("Rescaling", ["scale": [0.5, 2, 3], "offset": [1, 2, 3]], [3, 3], [2, 2, 3]),
        LayerExample("Normalization", [:], [3, 4], [2, 3, 5], [4, 1]),
        LayerExample("Normalization", ["axis": [1, 2], "invert": true], [2, 3, 5, 2], [4, 2, 1]),
        LayerExample(
            "Normalization", ["mean": [1, 2, 3], "variance": [1, 4, 9]], [2, 3], [2, 2, 3]),
        LayerExample("Normalization", ["axis": nil, "mean": 2, "variance": 4], [2, 3], [2, 2, 3]),
        LayerExample("CategoryEncoding", ["num_tokens": 5], [3, 4], [2, 1], values: .indices(5)),
        LayerExample(
            "CategoryEncoding", ["num_tokens": 5, "output_mode": "one_hot"], [3, 4], [2, 1], [4],
            values: .indices(5)),
        LayerExample(
            "CategoryEncoding", ["num_tokens": 5, "output_mode": "count"], [3, 4], [2, 3, 2],
            values: .indices(5)),
        LayerExample(
            "Discretization", ["bin_boundaries": [-0.5, 0, 1]], [3, 4], [2, 3, 2], isSmooth: false),
        LayerExample(
            "Discretization", ["bin_boundaries": [-0.5, 0, 1], "output_mode": "one_hot"], [3, 4], [2, 1],
            isSmooth: false),
        LayerExample(
            "EinsumDense",
            ["equation": "ab,bc->ac", "output_shape": 4, "bias_axes": "c", "activation": "tanh"], [3, 5],
            [2, 1]),
        LayerExample(
            "EinsumDense", ["equation": "abc,cd->adb", "output_shape": [4, nil], "bias_axes": "d"], [3, 5, 2]),
        LayerExample(
            "EinsumDense", ["equation": "...x,xy->...y", "output_shape": 4, "bias_axes": "y"], [3, 5, 2],
            [2, 3]),
        LayerExample(
            "EinsumDense", ["equation": "abcd,dbe->aecb", "output_shape": [3, nil, nil]], [3, 2, 4, 5]),
    ]

    private static let reshaping: [LayerExample] =
        [
            LayerExample("Cropping1D", ["cropping": [1, 2]], [2, 5, 3], [1, 4, 1]),
            LayerExample("Cropping2D", ["cropping": [[1, 0], [0, 2]]], [2, 3, 4, 2], [1, 2, 3, 1]),
            LayerExample("Cropping2D", ["cropping": 1, "data_format": "channels_first"], [2, 2, 3, 4]),
            LayerExample("Cropping3D", [:], [2, 3, 4, 3, 2], [1, 3, 3, 3, 1]),
            LayerExample("ZeroPadding1D", ["padding": [1, 2]], [2, 5, 3], [1, 1, 1]),
            LayerExample("ZeroPadding2D", ["padding": [[1, 0], [0, 2]]], [2, 3, 4, 2], [1, 2, 3, 1]),
            LayerExample(
                "ZeroPadding2D", ["padding": [1, 2], "data_format": "channels_first"], [2, 2, 3, 4]),
            LayerExample("ZeroPadding3D", [:], [2, 1, 2, 3, 2]),
            LayerExample("UpSampling1D", ["size": 3], [2, 5, 3], [1, 1, 1]),
            LayerExample("UpSampling2D", ["size": [2, 3]], [2, 3, 2, 2], [1, 1, 1, 1]),
            LayerExample("UpSampling2D", ["data_format": "channels_first"], [2, 2, 3, 2]),
            LayerExample("UpSampling3D", [:], [2, 2, 1, 2, 2]),
            LayerExample(
                "CenterCrop", ["height": 2, "width": 3], [2, 4, 5, 2], [1, 3, 3, 1], [1, 4, 2, 1]),
            LayerExample(
                "Resizing", ["height": 2, "width": 3, "antialias": true], [2, 4, 5, 2], [1, 3, 7, 1]),
            LayerExample("Resizing", ["height": 4, "width": 3, "crop_to_aspect_ratio": true], [2, 4, 5, 2]),
            LayerExample("Resizing", ["height": 4, "width": 3, "pad_to_aspect_ratio": true], [2, 4, 5, 2]),
            LayerExample(
                "Resizing",
                ["height": 4, "width": 3, "interpolation": "nearest", "data_format": "channels_first"],
                [2, 2, 4, 5]),
        ]
        + ["bilinear", "bicubic", "lanczos3", "lanczos5"].map {
            LayerExample("UpSampling2D", ["interpolation": .string($0)], [2, 3, 4, 2], [1, 1, 2, 1])
        }

    private static let rowNormalization: [LayerExample] = [
        LayerExample("LayerNormalization", [:], [3, 4], [2, 3, 5], [2, 2, 3, 9]),
        LayerExample("LayerNormalization", ["axis": [1, 3], "center": false], [2, 3, 2, 4]),
        LayerExample("LayerNormalization", ["axis": 1], [2, 3, 4], isMasked: true),
        LayerExample("LayerNormalization", ["rms_scaling": true], [3, 4], [2, 3, 5]),
        LayerExample("RMSNormalization", [:], [3, 4], [2, 3, 5], [2, 3, 9]),
        LayerExample("RMSNormalization", ["axis": [1, 2]], [2, 3, 5]),
        LayerExample("UnitNormalization", [:], [3, 4], [2, 3, 5]),
        LayerExample("UnitNormalization", ["axis": [1, 2]], [2, 3, 5]),
        LayerExample("GroupNormalization", ["groups": 2], [3, 4], [2, 3, 6], [2, 2, 3, 4]),
        LayerExample("GroupNormalization", ["groups": 2, "axis": 1], [2, 6, 3], [2, 4, 2, 3]),
        LayerExample("GroupNormalization", ["groups": -1, "axis": -2, "scale": false], [2, 2, 4, 3]),
        LayerExample(
            "SpectralNormalization", ["layer": ["class_name": "Dense", "config": ["units": 3]]], [4, 5],
            changesWeights: true),
        LayerExample(
            "SpectralNormalization",
            [
                "power_iterations": 2,
                "layer": ["class_name": "Conv1D", "config": ["filters": 3, "kernel_size": 2]],
            ],
            [2, 4, 2], changesWeights: true),
    ]

    private static let convLSTM: [LayerExample] = [
        LayerExample(
            "ConvLSTM1D", ["filters": 2, "kernel_size": 2], [2, 3, 4, 2], [1, 2, 3, 1], isMasked: true),
        LayerExample(
            "ConvLSTM1D",
            [
                "filters": 2, "kernel_size": 3, "return_sequences": true, "padding": "same", "strides": 2,
                "data_format": "channels_first", "activation": "softsign",
            ], [2, 3, 2, 5], isMasked: true),
        LayerExample(
            "ConvLSTM2D",
            [
                "filters": 2, "kernel_size": 2, "dropout": 0.3, "recurrent_dropout": 0.3,
                "return_sequences": true,
            ],
            [2, 3, 3, 3, 2]),
        LayerExample(
            "ConvLSTM2D", ["filters": 2, "kernel_size": [1, 2], "data_format": "channels_first"],
            [2, 2, 2, 3, 3]),
        LayerExample("ConvLSTM2D", ["filters": 2, "kernel_size": 2, "stateful": true], [2, 2, 3, 3, 1]),
        LayerExample("ConvLSTM3D", ["filters": 2, "kernel_size": 2, "use_bias": false], [2, 2, 2, 3, 2, 1]),
        LayerExample(
            "Bidirectional",
            [
                "layer": [
                    "class_name": "ConvLSTM1D",
                    "config": ["filters": 2, "kernel_size": 2, "return_sequences": true],
                ]
            ],
            [2, 3, 4, 2]),
    ]
}
