import Protocol

/// All that can stand in a model, its compile options and its fit. To add a class is to add a line here.
package enum Registry {
    package static let layers = Vocabulary<any Layer>(
        "layer", module: "keras.layers",
        [
            layer(SequentialLayer.self),
            layer(ActivationLayer.self),
            layer(ActivityRegularization.self),
            layer(AdaptiveAveragePooling1D.self),
            layer(AdaptiveAveragePooling2D.self),
            layer(AdaptiveAveragePooling3D.self),
            layer(AdaptiveMaxPooling1D.self),
            layer(AdaptiveMaxPooling2D.self),
            layer(AdaptiveMaxPooling3D.self),
            layer(AlphaDropout.self),
            layer(AveragePooling1D.self),
            layer(AveragePooling2D.self),
            layer(AveragePooling3D.self),
            layer(BatchNormalization.self),
            layer(Bidirectional.self),
            layer(CategoryEncoding.self),
            layer(CenterCrop.self),
            layer(Conv1D.self),
            layer(Conv1DTranspose.self),
            layer(Conv2D.self),
            layer(Conv2DTranspose.self),
            layer(Conv3D.self),
            layer(Conv3DTranspose.self),
            layer(ConvLSTM1D.self),
            layer(ConvLSTM2D.self),
            layer(ConvLSTM3D.self),
            layer(Cropping1D.self),
            layer(Cropping2D.self),
            layer(Cropping3D.self),
            layer(Dense.self),
            layer(DepthwiseConv1D.self),
            layer(DepthwiseConv2D.self),
            layer(Discretization.self),
            layer(Dropout.self),
            layer(EinsumDense.self),
            layer(ELU.self),
            layer(Embedding.self),
            layer(Flatten.self),
            layer(GaussianDropout.self),
            layer(GaussianNoise.self),
            layer(GlobalAveragePooling1D.self),
            layer(GlobalAveragePooling2D.self),
            layer(GlobalAveragePooling3D.self),
            layer(GlobalMaxPooling1D.self),
            layer(GlobalMaxPooling2D.self),
            layer(GlobalMaxPooling3D.self),
            layer(GroupNormalization.self),
            layer(GRU.self),
            layer(GRUCell.self),
            layer(Identity.self),
            layer(InputLayer.self),
            layer(Lambda.self),
            layer(LayerNormalization.self),
            layer(LeakyReLU.self),
            layer(LSTM.self),
            layer(LSTMCell.self),
            layer(Masking.self),
            layer(MaxPooling1D.self),
            layer(MaxPooling2D.self),
            layer(MaxPooling3D.self),
            layer(Normalization.self),
            layer(Permute.self),
            layer(PReLU.self),
            layer(RandomBrightness.self),
            layer(RandomContrast.self),
            layer(RandomCrop.self),
            layer(RandomFlip.self),
            layer(RandomRotation.self),
            layer(RandomTranslation.self),
            layer(RandomZoom.self),
            layer(ReLU.self),
            layer(RepeatVector.self),
            layer(Rescaling.self),
            layer(Reshape.self),
            layer(Resizing.self),
            layer(RMSNormalization.self),
            layer(RNN.self),
            layer(SeparableConv1D.self),
            layer(SeparableConv2D.self),
            layer(SimpleRNN.self),
            layer(SimpleRNNCell.self),
            layer(Softmax.self),
            layer(SpatialDropout1D.self),
            layer(SpatialDropout2D.self),
            layer(SpatialDropout3D.self),
            layer(SpectralNormalization.self),
            layer(StackedRNNCells.self),
            layer(TimeDistributed.self),
            layer(UnitNormalization.self),
            layer(UpSampling1D.self),
            layer(UpSampling2D.self),
            layer(UpSampling3D.self),
            layer(ZeroPadding1D.self),
            layer(ZeroPadding2D.self),
            layer(ZeroPadding3D.self),
        ])

    package static let initializers = Vocabulary<any Initializer>(
        "initializer", module: "keras.initializers",
        [
            initializer(Constant.self),
            initializer(GlorotNormal.self),
            initializer(GlorotUniform.self),
            initializer(HeNormal.self),
            initializer(HeUniform.self),
            initializer(IdentityInitializer.self),
            initializer(LecunNormal.self),
            initializer(LecunUniform.self),
            initializer(Ones.self),
            initializer(Orthogonal.self),
            initializer(RandomNormal.self),
            initializer(RandomUniform.self),
            initializer(STFT.self),
            initializer(TruncatedNormal.self),
            initializer(VarianceScaling.self),
            initializer(Zeros.self),
        ])

    package static let regularizers = Vocabulary<any Regularizer>(
        "regularizer", module: "keras.regularizers",
        [
            regularizer(L1.self),
            regularizer(L1L2.self),
            regularizer(L2.self),
            regularizer(OrthogonalRegularizer.self),
        ])

    package static let constraints = Vocabulary<any Constraint>(
        "constraint", module: "keras.constraints",
        [
            constraint(MaxNorm.self),
            constraint(MinMaxNorm.self),
            constraint(NonNeg.self),
            constraint(UnitNorm.self),
        ])

    package static let losses = Vocabulary<any Loss>(
        "loss", module: "keras.losses", words: ["crossentropy"],
        [
            loss(BinaryCrossentropy.self),
            loss(BinaryFocalCrossentropy.self),
            loss(CTC.self),
            loss(CategoricalCrossentropy.self),
            loss(CategoricalFocalCrossentropy.self),
            loss(CategoricalGeneralizedCrossEntropy.self),
            loss(CategoricalHinge.self),
            loss(Circle.self),
            loss(CosineSimilarity.self),
            loss(Dice.self),
            loss(Hinge.self),
            loss(Huber.self),
            loss(KLDivergence.self),
            loss(LogCosh.self),
            loss(MeanAbsoluteError.self),
            loss(MeanAbsolutePercentageError.self),
            loss(MeanSquaredError.self),
            loss(MeanSquaredLogarithmicError.self),
            loss(Poisson.self),
            loss(SparseCategoricalCrossentropy.self),
            loss(SquaredHinge.self),
            loss(Tversky.self),
        ])

    package static let metrics = Vocabulary<any Metric>(
        "metric", module: "keras.metrics", words: ["accuracy", "crossentropy"],
        [
            metric(AUC.self),
            metric(Accuracy.self),
            metric(BinaryAccuracy.self),
            metric(BinaryCrossentropyMetric.self),
            metric(BinaryIoU.self),
            metric(CategoricalAccuracy.self),
            metric(CategoricalCrossentropyMetric.self),
            metric(CategoricalHingeMetric.self),
            metric(ConcordanceCorrelation.self),
            metric(CosineSimilarityMetric.self),
            metric(F1Score.self),
            metric(FBetaScore.self),
            metric(FalseNegatives.self),
            metric(FalsePositives.self),
            metric(HingeMetric.self),
            metric(IoU.self),
            metric(KLDivergenceMetric.self),
            metric(LogCoshError.self),
            metric(MeanAbsoluteErrorMetric.self),
            metric(MeanAbsolutePercentageErrorMetric.self),
            metric(MeanIoU.self),
            metric(MeanSquaredErrorMetric.self),
            metric(MeanSquaredLogarithmicErrorMetric.self),
            metric(OneHotIoU.self),
            metric(OneHotMeanIoU.self),
            metric(PearsonCorrelation.self),
            metric(PoissonMetric.self),
            metric(Precision.self),
            metric(PrecisionAtRecall.self),
            metric(R2Score.self),
            metric(Recall.self),
            metric(RecallAtPrecision.self),
            metric(RootMeanSquaredError.self),
            metric(SensitivityAtSpecificity.self),
            metric(SparseCategoricalAccuracy.self),
            metric(SparseCategoricalCrossentropyMetric.self),
            metric(SparseTopKCategoricalAccuracy.self),
            metric(SpecificityAtSensitivity.self),
            metric(SquaredHingeMetric.self),
            metric(TopKCategoricalAccuracy.self),
            metric(TrueNegatives.self),
            metric(TruePositives.self),
        ])

    package static let optimizers = Vocabulary<any Optimizer>(
        "optimizer", module: "keras.optimizers",
        [
            optimizer(Adadelta.self),
            optimizer(Adafactor.self),
            optimizer(Adagrad.self),
            optimizer(Adam.self),
            optimizer(AdamW.self),
            optimizer(Adamax.self),
            optimizer(Ftrl.self),
            optimizer(Lamb.self),
            optimizer(Lion.self),
            optimizer(Muon.self),
            optimizer(Nadam.self),
            optimizer(RMSprop.self),
            optimizer(SGD.self),
            optimizer(ScheduleFreeAdamW.self),
        ])

    package static let schedules = Vocabulary<any LearningRateSchedule>(
        "schedule", module: "keras.optimizers.schedules",
        [
            schedule(CosineDecay.self),
            schedule(CosineDecayRestarts.self),
            schedule(ExponentialDecay.self),
            schedule(InverseTimeDecay.self),
            schedule(PiecewiseConstantDecay.self),
            schedule(PolynomialDecay.self),
        ])

    package static let callbacks = Vocabulary<any Callback>(
        "callback", module: "keras.callbacks",
        [
            callback(BackupAndRestore.self),
            callback(CSVLogger.self),
            callback(EarlyStopping.self),
            callback(HistoryCallback.self),
            callback(LearningRateScheduler.self),
            callback(ModelCheckpoint.self),
            callback(ProgbarLogger.self),
            callback(ReduceLROnPlateau.self),
            callback(RemoteMonitor.self),
            callback(SwapEMAWeights.self),
            callback(TensorBoard.self),
            callback(TerminateOnNaN.self),
        ])
}

extension Registry {
    private static func layer<L: Layer>(_: L.Type) -> Vocabulary<any Layer>.Entry {
        .init(className: L.className, aliases: L.aliases, arguments: L.arguments) { try L($0) }
    }

    private static func initializer<I: Initializer>(_: I.Type) -> Vocabulary<any Initializer>.Entry {
        .init(className: I.className, aliases: I.aliases, arguments: I.arguments) { try I($0) }
    }

    private static func regularizer<R: Regularizer>(_: R.Type) -> Vocabulary<any Regularizer>.Entry {
        .init(className: R.className, aliases: R.aliases, arguments: R.arguments) { try R($0) }
    }

    private static func constraint<C: Constraint>(_: C.Type) -> Vocabulary<any Constraint>.Entry {
        .init(className: C.className, aliases: C.aliases, arguments: C.arguments) { try C($0) }
    }

    private static func loss<L: Loss>(_: L.Type) -> Vocabulary<any Loss>.Entry {
        .init(className: L.className, aliases: L.aliases, arguments: L.arguments) { try L($0) }
    }

    private static func metric<M: Metric>(_: M.Type) -> Vocabulary<any Metric>.Entry {
        .init(className: M.className, aliases: M.aliases, arguments: M.arguments) { try M($0) }
    }

    private static func optimizer<O: Optimizer>(_: O.Type) -> Vocabulary<any Optimizer>.Entry {
        .init(className: O.className, aliases: O.aliases, arguments: O.arguments) { arguments in
            try arguments.checkClipping()
            return try O(arguments)
        }
    }

    private static func schedule<S: LearningRateSchedule>(_: S.Type)
        -> Vocabulary<any LearningRateSchedule>.Entry
    {
        .init(className: S.className, aliases: S.aliases, arguments: S.arguments) { try S($0) }
    }

    private static func callback<C: Callback>(_: C.Type) -> Vocabulary<any Callback>.Entry {
        .init(className: C.className, aliases: C.aliases, arguments: C.arguments) { try C($0) }
    }

    /// Reads a layer inside another layer's configuration, in any of the spellings.
    static func layer(_ value: JSONValue, at place: JSONPointer, faults: Faults) -> (any Layer)? {
        guard let definition = LayerDefinition(reading: value, at: place, faults: faults) else { return nil }
        return layer(definition, faults: faults)
    }

    /// Makes a layer of its definition.
    static func layer(_ definition: LayerDefinition, faults: Faults) -> (any Layer)? {
        layers.make(
            definition.className, definition.config, at: definition.pointer, namedAt: definition.classPointer,
            faults: faults)
    }
}
