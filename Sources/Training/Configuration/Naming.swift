/// How Keras names things by itself (keras/src/utils/naming.py).
package enum Naming {
    /// A class's name in snake case: `Conv2D` is `conv2d`, `GlobalMaxPooling1D` is `global_max_pooling1d`.
    package static func snakeCase(_ name: String) -> String {
        let letters = Array(
            name.unicodeScalars.filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" }
        )
        let split = splitBeforeWords(letters)
        var result = String.UnicodeScalarView()
        for (index, letter) in split.enumerated() {
            if index > 0, isUpper(letter), isLower(split[index - 1]) { result.append("_") }
            result.append(letter)
        }
        return String(result).lowercased()
    }

    /// Python's `re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)`.
    private static func splitBeforeWords(_ letters: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var index = 0
        while index < letters.count {
            guard index + 2 < letters.count, isUpper(letters[index + 1]), isLower(letters[index + 2]) else {
                result.append(letters[index])
                index += 1
                continue
            }
            result += [letters[index], "_", letters[index + 1]]
            index += 2
            while index < letters.count, isLower(letters[index]) {
                result.append(letters[index])
                index += 1
            }
        }
        return result
    }

    private static func isUpper(_ letter: Unicode.Scalar) -> Bool { ("A"..."Z").contains(letter) }
    private static func isLower(_ letter: Unicode.Scalar) -> Bool { ("a"..."z").contains(letter) }

    /// Gives out names that are not taken: `dense`, `dense_1`, `dense_2`.
    struct Automatic {
        private var taken: Set<String>
        private var counts: [String: Int] = [:]

        init(taken: Set<String>) { self.taken = taken }

        mutating func next(_ base: String) -> String {
            while true {
                let count = counts[base, default: 0]
                counts[base] = count + 1
                let name = count == 0 ? base : "\(base)_\(count)"
                if taken.insert(name).inserted { return name }
            }
        }
    }
}
