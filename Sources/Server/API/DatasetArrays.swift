import HTTPTypes
import Protocol

/// A dataset's arrays, to be taken home.
extension API {
    func arrays(_ router: inout Router) {
        router.on(.get, "/v1/datasets/{dataset}/arrays/{array}") { request in
            let dataset = try store.dataset(request.parameter("dataset"))
            let file = try store.arrayFile(request.parameter("array"), of: dataset)
            let type = try request.negotiated([.npy, .json])
            let response: Response
            let tag: EntityTag
            if type == .json {
                tag = EntityTag(file.sha256 + "-json")
                response = try numbers(file)
            } else {
                tag = EntityTag(file.sha256)
                response = .file(path: file.path, count: file.count, contentType: "application/x-npy")
            }
            var tagged = try request.answer(response, tag: tag)
            tagged.fields[.vary] = "Accept"
            return type == .json ? tagged : tagged.ranged(for: request)
        }
    }

    private func numbers(_ file: ArrayFile) throws(Problem) -> Response {
        // An array of a size 0 has no elements, and yet brackets, of which its other sizes tell how many; a layout
        // is made of no sizes whose product overflows.
        let count = file.array.shape.reduce(1) { $0 * max($1, 1) }
        guard count <= limits.jsonArrayElements else {
            throw Problem(
                .notAcceptable,
                "The array has shape \(Shape(file.array.shape)), and JSON is given for at most "
                    + "\(limits.jsonArrayElements) elements. Take it as application/x-npy.")
        }
        let bytes = try file.read(at: 0, count: file.count)
        // The store's own files have nothing behind the elements.
        let array = try NDArray(
            dtype: file.array.dtype, shape: file.array.shape,
            bytes: Array(bytes.suffix(file.array.byteCount)))
        var output: [UInt8] = []
        array.appendJSON(to: &output)
        return .bytes(output, contentType: "application/json")
    }
}
