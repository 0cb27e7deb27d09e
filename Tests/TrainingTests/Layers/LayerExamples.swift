import Protocol

extension LayerExample {
    /// Classes that are parts of other layers and stand in no stack by themselves.
    static let parts: Set<String> = []

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
        ] + globalPooling

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
}
