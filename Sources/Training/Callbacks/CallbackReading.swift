import Protocol

/// Reads the callbacks of a fit.
enum CallbackReading {
    static func read(_ values: [JSONValue]) throws(Problem) -> [any Callback] {
        let faults = Faults()
        let place = JSONPointer.root.appending("callbacks")
        let callbacks = values.enumerated().compactMap { index, value in
            Registry.callbacks.read(value, at: place.appending(index), faults: faults)
        }
        try faults.check()
        return callbacks
    }
}
