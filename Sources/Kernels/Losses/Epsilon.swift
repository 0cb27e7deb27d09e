/// What Keras adds to keep logarithms and quotients finite.
public let epsilon: Float = 1e-7
