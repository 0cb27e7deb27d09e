import Foundation

/// Numbers with a fixed number of digits, as C and Python print them.
enum FixedPoint {
    /// `%.4f`.
    static func decimal(_ number: Double, digits: Int) -> String {
        String(format: "%.\(digits)f", number)
    }

    /// `%.4e`.
    static func scientific(_ number: Double, digits: Int) -> String {
        String(format: "%.\(digits)e", number)
    }
}
