typealias PeakVector = SIMD16<Float>

/// Fused multiply-adds on vectors of AVX-512, twelve in a round. The processor must have it.
public func fusedMultiplyAddsOfSixteen(rounds: Int) -> Float { fusedMultiplyAdds(rounds: rounds)[0] }
