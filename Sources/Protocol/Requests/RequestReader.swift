/// Takes the members of a request's body one by one, noting what is wrong with each, and what nobody asked for.
public final class RequestReader {
    private var unread: JSONObject
    private var known: [String] = []
    private let place: JSONPointer
    private let faults: Faults

    /// A reader of an object; another value is a fault, and every member is then absent.
    public init(_ json: JSONValue, at place: JSONPointer = .root, faults: Faults) {
        if let object = json.object {
            unread = object
        } else {
            unread = [:]
            faults.add(place, "The body is a JSON object, not \(json.kind).")
        }
        self.place = place
        self.faults = faults
    }

    /// Takes a member; null counts as absent.
    public func value(_ name: String) -> JSONValue? {
        known.append(name)
        guard let value = unread.removeValue(forKey: name), !value.isNull else { return nil }
        return value
    }

    /// A whole number in a range.
    public func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.integer, range.contains(number) else {
            faults.add(
                place.appending(name),
                "\(name) is a whole number from \(range.lowerBound) to \(range.upperBound), not \(value.brief)."
            )
            return nil
        }
        return number
    }

    /// A finite number in a range.
    public func number(_ name: String, in range: Range<Double>) -> Double? {
        guard let value = value(name) else { return nil }
        guard let number = value.number, range.contains(number) else {
            faults.add(
                place.appending(name),
                "\(name) is a number from \(range.lowerBound) to below \(range.upperBound), not \(value.brief)."
            )
            return nil
        }
        return number
    }

    /// True or false.
    public func bool(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        if value.bool == nil {
            faults.add(place.appending(name), "\(name) is true or false, not \(value.brief).")
        }
        return value.bool
    }

    /// An array of numbers, by name or inline.
    public func array(_ name: String) -> ArrayReference? {
        value(name).flatMap { ArrayReference(reading: $0, at: place.appending(name), faults: faults) }
    }

    /// An array that has to be there.
    public func requiredArray(_ name: String) -> ArrayReference? {
        if unread[name] == nil {
            faults.add(place.appending(name), "\(name) is needed: the name of an array.")
        }
        return array(name)
    }

    /// Notes every member that was not taken.
    public func finish() {
        for key in unread.keys {
            faults.add(
                place.appending(key),
                "Unknown member '\(key.prefix(80))'. \(Suggestion.sentence(for: key, among: known))")
        }
    }
}
