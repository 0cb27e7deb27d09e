import Protocol

extension JSONValue {
    /// Where this document differs from Keras's; the order of members does not matter.
    func differences(from want: JSONValue, at place: String = "") -> [String] {
        if let got = object, let want = want.object {
            return Set(got.keys).union(want.keys).sorted().flatMap { key -> [String] in
                switch (got[key], want[key]) {
                case (let mine?, let theirs?): mine.differences(from: theirs, at: "\(place)/\(key)")
                case (nil, _): ["\(place)/\(key) is missing"]
                case (_, nil): ["\(place)/\(key) is not Keras's"]
                }
            }
        }
        if let got = array, let want = want.array, got.count == want.count {
            return zip(got, want).enumerated().flatMap {
                $1.0.differences(from: $1.1, at: "\(place)/\($0)")
            }
        }
        if let got = number, let want = want.number, got == want { return [] }
        return self == want ? [] : ["\(place) is \(encodedString()), Keras has \(want.encodedString())"]
    }
}
