import Panels

/// Sixteen floats: one register of AVX-512.
typealias TileVector = SIMD16<Float>

/// Multiplies so many rows by a panel of two vectors of sixteen lanes. The processor must have AVX-512, as x86-64-v4
/// asks for it.
public func multiplyBySixteen(_ panel: Panel, rows: Int) { multiplyTiles(panel, rows: rows) }

/// The most rows that a tile of two vectors of sixteen lanes has.
public let wideTileRows = 12

extension SIMD16 where Scalar == Float {
    /// Loads sixteen floats from any address.
    @inline(__always)
    init(at pointer: UnsafePointer<Float>) {
        self = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD16<Float>.self)
    }

    /// Stores all sixteen lanes at any address.
    @inline(__always)
    func store(to pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: SIMD16<Float>.self)
    }

    /// The larger of each lane and `bound`; NaN stays.
    @inline(__always)
    func atLeast(_ bound: Self) -> Self { replacing(with: bound, where: self .< bound) }
}
