import Protocol
import Training

/// A request, whole and byte by byte: both come to the same.
func requests(_ bytes: [UInt8]) -> Int32 {
    func heads(pieces: Int) -> [String] {
        var parser = RequestParser()
        var told: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            var piece = rest.prefix(pieces)
            rest = rest[piece.endIndex...]
            while !piece.isEmpty {
                do throws(Problem) {
                    guard let head = try parser.parse(&piece) else { break }
                    told.append("\(head)")
                } catch {
                    return told + [error.detail]
                }
            }
        }
        return told
    }
    guard heads(pieces: bytes.count) == heads(pieces: 1) else {
        fatalError("A request that is split is another.")  // safe: this is what is looked for
    }
    return 0
}

/// A chunked content, whole and byte by byte: both come to the same, and never to more than there was.
func chunks(_ bytes: [UInt8]) -> Int32 {
    func content(pieces: Int) -> (output: [UInt8], isComplete: Bool, detail: String?) {
        var decoder = BodyDecoder(.chunked, limit: 1 << 16, headLimits: HeadLimits())
        var output: [UInt8] = []
        var rest = bytes[...]
        do throws(Problem) {
            while !rest.isEmpty, !decoder.isComplete {
                var piece = rest.prefix(pieces)
                rest = rest[piece.endIndex...]
                output += try decoder.decode(&piece)
            }
        } catch {
            return ([], false, error.detail)
        }
        return (output, decoder.isComplete, nil)
    }
    let (whole, split) = (content(pieces: bytes.count), content(pieces: 1))
    guard whole == split, whole.output.count <= bytes.count else {
        fatalError("A content that is split is another.")  // safe: this is what is looked for
    }
    return 0
}

/// A model's definition in JSON, the layers that it makes, and what is told of them.
func models(_ bytes: [UInt8]) -> Int32 {
    guard let json = try? JSONValue(parsing: bytes),
        let definition = try? ModelDefinition(reading: json), let model = try? Sequential(definition)
    else { return 0 }
    _ = model.kerasConfig.encoded()
    guard let again = try? ModelDefinition(reading: model.definition.json),
        (try? Sequential(again))?.kerasConfig == model.kerasConfig
    else {
        fatalError("A definition is not read back.")  // safe: this is what is looked for
    }
    return 0
}

/// An expression: its tree, what it is for a metric, and its value for two numbers.
func expressions(_ bytes: [UInt8]) -> Int32 {
    guard let expression = try? Expression(parsing: String(decoding: bytes, as: UTF8.self)) else { return 0 }
    let inputs = [
        ExpressionInput("y_true", shape: [nil, 3]),
        ExpressionInput("y_pred", shape: [nil, 3], isDifferentiable: true),
        ExpressionInput("x", shape: [nil, 4, 2], isDifferentiable: true),
    ]
    _ = try? expression.program(inputs: inputs)
    _ = try? expression.evaluate(["epoch": .integer(3), "lr": .float(0.1)])
    return 0
}
