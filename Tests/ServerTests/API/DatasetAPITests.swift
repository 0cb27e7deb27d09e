import HTTPTypes
import Protocol
import Server
import Testing

/// Datasets as the contract has them.
@Suite struct DatasetAPITests {
    private let service: TestService
    init() throws { service = try TestService(starts: false) }

    @Test func putDescribesReplacesAndDeletes() async throws {
        let made = try await service.send(.put, "/v1/datasets/eye", body: NumPyFile.identity)
        #expect(made.status == 201)
        #expect(made.fields[.location] == "/v1/datasets/eye")
        #expect(made.json["sha256"]?.string == NumPyFile.identityHash)
        #expect(made.json["arrays"] == [["name": "eye", "dtype": "int64", "shape": [2, 2]]])
        #expect(try await service.send(.put, "/v1/datasets/eye", body: NumPyFile.identity).status == 200)
        let read = try await service.get("/v1/datasets/eye")
        #expect(read.status == 200 && read.fields[.eTag] != nil)
        let tag = try #require(read.fields[.eTag])
        #expect(try await service.get("/v1/datasets/eye", [.ifNoneMatch: tag]).status == 304)
        let stale = try await service.send(.delete, "/v1/datasets/eye", fields: [.ifMatch: "\"old\""])
        #expect(stale.status == 412)
        #expect(try await service.send(.delete, "/v1/datasets/eye", fields: [.ifMatch: tag]).status == 204)
        #expect(try await service.get("/v1/datasets/eye").status == 404)
        #expect(try await service.send(.delete, "/v1/datasets/eye").status == 404)
    }

    @Test func postNamesTheDatasetAndRepeatsItsAnswer() async throws {
        let key: HTTPFields = [.idempotencyKey: "k"]
        let first = try await service.send(.post, "/v1/datasets", fields: key, body: NumPyFile.identity)
        #expect(first.status == 201)
        #expect(first.json["name"]?.string?.hasPrefix("ds_") == true)
        let again = try await service.send(.post, "/v1/datasets", fields: key, body: NumPyFile.identity)
        #expect(again.status == 201 && again.body == first.body)
        #expect(again.fields[.location] == first.fields[.location])
        let other = try await service.send(
            .post, "/v1/datasets", fields: key, body: NumPyFile.fortranBigEndian)
        #expect(other.status == 422)
        #expect(try await service.get("/v1/datasets").json["items"]?.array?.count == 1)
        let wrong = try await service.send(.post, "/v1/datasets", fields: [.idempotencyKey: "a b"])
        #expect(wrong.status == 400)
    }

    @Test func createsOnlyWhatIsNotThere() async throws {
        let fresh: HTTPFields = [.ifNoneMatch: "*"]
        #expect(
            try await service.send(.put, "/v1/datasets/a", fields: fresh, body: NumPyFile.identity).status
                == 201)
        #expect(
            try await service.send(.put, "/v1/datasets/a", fields: fresh, body: NumPyFile.identity).status
                == 412)
    }

    @Test func csvColumnsAndJSON() async throws {
        let csv = Array("height,weight,species\n1.5,2.25,0\n0.5,1.75,1\n".utf8)
        let answer = try await service.send(
            .put, "/v1/datasets/csv?columns=weight,height&label=species",
            fields: [.contentType: "text/csv"], body: csv)
        #expect(answer.json["arrays"]?.array?.map { $0["name"] } == ["x", "y"])
        let x = try await service.get("/v1/datasets/csv/arrays/x", .accept("application/json"))
        #expect(x.text == "[[2.25,1.5],[1.75,0.5]]")
        let json = try await service.put("/v1/datasets/json", ["x": [[0, 1]], "y": ["NaN"]])
        #expect(json.status == 201)
        let y = try await service.get("/v1/datasets/json/arrays/y", .accept("application/json"))
        #expect(y.text == "[\"NaN\"]")
        let empty = try await service.send(.put, "/v1/datasets/csv?label=", body: csv)
        #expect(empty.status == 400)
    }

    @Test func arraysInPartsAndAsJSON() async throws {
        _ = try await service.send(.put, "/v1/datasets/eye", body: NumPyFile.identity)
        let path = "/v1/datasets/eye/arrays/eye"
        let whole = try await service.get(path)
        #expect(whole.body == NumPyFile.identity)
        #expect(whole.fields[.contentType] == "application/x-npy")
        let part = try await service.get(path, [.range: "bytes=-8"])
        #expect(part.status == 206 && part.body == NumPyFile.identity.suffix(8))
        #expect(try await service.get(path, [.range: "bytes=500-"]).status == 416)
        let tag = try #require(whole.fields[.eTag])
        #expect(try await service.get(path, [.ifNoneMatch: tag]).status == 304)
        let numbers = try await service.get(path, .accept("application/json"))
        #expect(numbers.text == "[[1,0],[0,1]]" && numbers.fields[.eTag] != tag)
        #expect(try await service.get("/v1/datasets/eye/arrays/nose").status == 404)
        #expect(try await service.get(path, .accept("image/png")).status == 406)
        let small = try TestService(starts: false) { $0.jsonArrayElements = 3 }
        _ = try await small.send(.put, "/v1/datasets/eye", body: NumPyFile.identity)
        #expect(try await small.get(path, .accept("application/json")).status == 406)
    }

    @Test func anArrayOfNoNumbersMayHaveManyBrackets() async throws {
        for (name, shape) in [("small", [2, 0]), ("large", [1 << 40, 0]), ("deep", [3, 0, 1 << 40])] {
            let file = try NDArray(dtype: .float32, shape: shape, bytes: []).npy
            #expect(try await service.send(.put, "/v1/datasets/\(name)", body: file).status == 201)
            let path = "/v1/datasets/\(name)/arrays/\(name)"
            #expect(try await service.get(path).body == file)
            let numbers = try await service.get(path, .accept("application/json"))
            if name == "small" { #expect(numbers.text == "[[],[]]") } else { #expect(numbers.status == 406) }
        }
    }

    @Test func whatIsNoDataset() async throws {
        #expect(try await service.send(.put, "/v1/datasets/none").status == 400)
        #expect(try await service.send(.put, "/v1/datasets/-a", body: NumPyFile.identity).status == 422)
        #expect(try await service.send(.put, "/v1/datasets/b", body: [0, 1, 2, 3]).status == 415)
        let limited = try TestService(starts: false) { $0.datasetBytes = 100 }
        #expect(try await limited.send(.put, "/v1/datasets/a", body: NumPyFile.identity).status == 413)
    }

    @Test func pages() async throws {
        for name in ["c", "a", "b"] {
            _ = try await service.send(.put, "/v1/datasets/\(name)", body: NumPyFile.identity)
        }
        let first = try await service.get("/v1/datasets?limit=2").json
        #expect(first["items"]?.array?.map { $0["name"] } == ["a", "b"])
        let next = try #require(first["next"]?.string)
        let last = try await service.get("/v1/datasets?limit=2&after=\(next)").json
        #expect(last["items"]?.array?.map { $0["name"] } == ["c"] && last["next"]?.isNull == true)
        for query in ["limit=0", "limit=1001", "limit=x", "limit=", "after="] {
            #expect(try await service.get("/v1/datasets?\(query)").status == 400, "\(query)")
        }
    }
}
