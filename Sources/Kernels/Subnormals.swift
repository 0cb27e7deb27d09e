import CProcessor

/// Numbers too small for a float's full precision, such as what decays in an optimizer's variables of a unit that
/// gets no gradient. A processor takes many times as long for them; Keras's backends take them as zero.
public enum Subnormals {
    /// Has the calling thread take them as zero from now on.
    public static func flush() { _ = fitd_flush_subnormals() }

    /// Has the calling thread take them as zero while `body` runs.
    public static func flushed<Value>(_ body: () throws -> Value) rethrows -> Value {
        let state = fitd_flush_subnormals()
        defer { fitd_restore_subnormals(state) }
        return try body()
    }
}
