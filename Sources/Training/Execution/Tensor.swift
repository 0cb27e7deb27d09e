/// Values on their way through the stack: a buffer for up to `shape[0]` rows of one batch.
package final class Tensor {
    /// The sizes; the first is the most rows a batch may have.
    package let shape: [Int]
    /// Elements that a row has.
    package let rowCount: Int
    /// The loss's gradient by the elements; nil where nothing asks for it.
    package let gradient: UnsafeMutablePointer<Float>?
    /// Which steps count, one byte each (0 or 1), `maskRowCount` for each row; nil when all do.
    package let mask: UnsafeMutablePointer<UInt8>?
    /// Elements of the mask that a row has.
    package let maskRowCount: Int
    private let storage: Storage

    /// Where the elements are; shared by all views, so that a batch can be read where the data lies.
    private final class Storage {
        var values: UnsafeMutablePointer<Float>
        init(_ values: UnsafeMutablePointer<Float>) { self.values = values }
    }

    private init(
        shape: [Int], storage: Storage, gradient: UnsafeMutablePointer<Float>?,
        mask: UnsafeMutablePointer<UInt8>?, maskRowCount: Int
    ) {
        self.shape = shape
        self.storage = storage
        self.gradient = gradient
        self.mask = mask
        self.maskRowCount = maskRowCount
        rowCount = shape.dropFirst().reduce(1, *)
    }

    /// A tensor over buffers of the right sizes.
    package convenience init(
        shape: [Int], values: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?,
        mask: UnsafeMutablePointer<UInt8>? = nil, maskRowCount: Int = 0
    ) {
        self.init(
            shape: shape, storage: Storage(values), gradient: gradient, mask: mask, maskRowCount: maskRowCount
        )
    }

    /// The same elements under another shape, with or without the mask.
    package func view(_ shape: [Int], keepsMask: Bool) -> Tensor {
        Tensor(
            shape: shape, storage: storage, gradient: gradient, mask: keepsMask ? mask : nil,
            maskRowCount: keepsMask ? maskRowCount : 0)
    }

    /// The same elements under another shape with another mask.
    package func view(_ shape: [Int], mask: UnsafeMutablePointer<UInt8>?, maskRowCount: Int) -> Tensor {
        Tensor(shape: shape, storage: storage, gradient: gradient, mask: mask, maskRowCount: maskRowCount)
    }

    /// The same elements with a gradient of its own.
    package func view(gradient: UnsafeMutablePointer<Float>?) -> Tensor {
        Tensor(shape: shape, storage: storage, gradient: gradient, mask: mask, maskRowCount: maskRowCount)
    }

    /// The elements, row after row.
    package var values: UnsafeMutablePointer<Float> { storage.values }

    /// Points this tensor and its views at elements that lie elsewhere.
    package func bind(_ values: UnsafeMutablePointer<Float>) { storage.values = values }

    /// The shape of the mask: as many of the axes as its elements fill; nil when nothing is masked.
    var maskShape: [Int]? {
        guard mask != nil else { return nil }
        var axes = 1
        while axes < shape.count, shape[1..<axes].reduce(1, *) != maskRowCount { axes += 1 }
        return shape[1..<axes].reduce(1, *) == maskRowCount
            ? Array(shape.prefix(axes)) : [rows, maskRowCount]
    }

    /// The most rows a batch may have.
    package var rows: Int { shape[0] }
    /// Elements of a batch with the most rows.
    package var count: Int { rows * rowCount }
}
