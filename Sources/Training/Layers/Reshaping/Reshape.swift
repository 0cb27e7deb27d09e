import Protocol

/// The same elements under another shape (keras/src/layers/reshaping/reshape.py).
///
/// Input `[batch, …]`, output `[batch] + target_shape`; one size of the target may be -1, and follows from the
/// others. Throws when the sizes do not make the input's number of elements.
struct Reshape: Layer {
    static let className = "Reshape"
    static let arguments: [Argument] =
        Argument.layer + [Argument("target_shape", .shape)] + Argument.layerBehaviour

    let configuration: Arguments
    private let target: [Int]

    init(_ arguments: Arguments) throws {
        configuration = arguments
        let sizes = arguments.sizes("target_shape")
        target = sizes.map { $0 ?? 0 }
        let open = target.count { $0 == -1 }
        guard target.allSatisfy({ $0 == -1 || $0 > 0 }), open <= 1 else {
            throw ArgumentError(
                "target_shape", "target_shape is a list of sizes from 1; one of them may be -1.")
        }
        guard target.filter({ $0 > 0 }).checkedProduct != nil else {
            throw ArgumentError("target_shape", "target_shape has more elements than fit any memory.")
        }
    }

    func outputShape(for input: Shape) throws -> Shape {
        let fixed = target.filter { $0 > 0 }.reduce(1, *)
        let known = input.withoutBatch.compactMap { $0 }
        guard known.count == input.rank - 1 else {
            return Shape([input[0]] + target.map { $0 == -1 ? nil : $0 })
        }
        let isOpen = target.contains(-1)
        guard let count = known.checkedProduct, isOpen ? count % fixed == 0 : count == fixed else {
            throw ShapeError(
                "\(name) cannot make \(Shape(target)) of an input of shape \(input): the sizes do not make the same number of elements."
            )
        }
        return Shape([input[0]] + target.map { $0 == -1 ? count / fixed : $0 })
    }

    var isView: Bool { true }

    func makeOperation(_ site: Site) throws -> Operation { Operation() }
}
