import HTTPTypes
import Protocol

/// The best of `offered` by the request's `Accept` (RFC 9110, 12.5.1), or nil when it takes none of them,
/// which calls for 406. Without `Accept` it is the first; of types that are as welcome, the earlier one.
public func negotiate(_ request: Request, _ offered: [MediaType]) -> MediaType? {
    let accept = request.fields[.accept] ?? ""
    let ranges = weighted(accept).compactMap { item in
        MediaType(parsing: item.name).map { (range: $0, weight: item.weight) }
    }
    guard !ranges.isEmpty else { return offered.first }
    var best: (type: MediaType, weight: Double)?
    for type in offered {
        // The most specific range decides, not the heaviest.
        let matching = ranges.filter { $0.range.matches(type) }
        guard let range = matching.max(by: { $0.range.specificity < $1.range.specificity }) else { continue }
        if range.weight > (best?.weight ?? 0) { best = (type, range.weight) }
    }
    return best?.type
}

/// 406 with the types that there are.
public func notAcceptable(_ offered: [MediaType]) -> Problem {
    let names = offered.map(\.description).joined(separator: ", ")
    return Problem(.notAcceptable, "Accept takes none of the types that there are: \(names).")
}

extension MediaType {
    fileprivate func matches(_ type: MediaType) -> Bool {
        (self.type == "*" || self.type == type.type) && (subtype == "*" || subtype == type.subtype)
    }

    fileprivate var specificity: Int { (type == "*" ? 0 : 1) + (subtype == "*" ? 0 : 1) }
}

/// The items of a list such as `gzip;q=0.5, *`, with their weights; an item without a readable weight
/// weighs 1. Other parameters are left out.
func weighted(_ field: String) -> [(name: String, weight: Double)] {
    field.split(separator: ",").compactMap { item in
        let parts = item.split(separator: ";").map { $0.trimmingBlanks() }
        guard let name = parts.first, !name.isEmpty else { return nil }
        let quality = parts.dropFirst().first { $0.lowercased().hasPrefix("q=") }
        let weight = quality.flatMap { Double($0.dropFirst(2)) } ?? 1
        return (name.lowercased(), weight.isFinite ? min(max(weight, 0), 1) : 1)
    }
}

/// Whether the client takes gzip, as it says itself (RFC 9110, 12.5.3); an absent field asks for none.
func acceptsGzip(_ field: String?) -> Bool {
    let codings = weighted(field ?? "")
    let named = codings.first { $0.name == "gzip" || $0.name == "x-gzip" } ?? codings.first { $0.name == "*" }
    return (named?.weight ?? 0) > 0
}
