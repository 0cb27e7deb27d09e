import Foundation
import Protocol
import Server
import Testing

@Suite struct ModelTests {
    let directory = DataDirectory()

    @Test func createdOnce() async throws {
        let store = try directory.open()
        let accepted = try await store.createModel("m", definition: ["layers": [1]])
        let model = try #require(accepted.made)
        #expect(try store.model("m") == model)
        #expect(model.compile == nil && !model.hasState && model.version == 1)
        let error = await #expect(throws: Problem.self) { try await store.createModel("m", definition: [:]) }
        #expect(error?.kind == .conflict)
        #expect(try store.model("m").definition == ["layers": [1]])
    }

    @Test func twoAtOnceUnderOneName() async throws {
        let store = try directory.open()
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (try? await store.createModel("m", definition: [:])) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
    }

    @Test func replacementForgetsWhatWasLearnt() async throws {
        let store = try directory.open()
        let model = try await store.makeModel()
        let learnt = try await store.updateModel("m") { _ in
            ModelChange(compile: .set(["loss": "mse"]), state: .set([1]))
        }
        #expect(learnt.etag != model.etag)
        let put = try await store.putModel("m", definition: ["layers": [2]])
        #expect(!put.created)
        #expect(put.item.id == model.id)
        #expect(put.item.definition == ["layers": [2]] && put.item.compile == nil && !put.item.hasState)
        #expect(try store.modelState(model.id) == nil)
    }

    @Test(arguments: [0, 1000, 200_000])
    func stateIsKeptInAnySize(size: Int) async throws {
        let store = try directory.open()
        let model = try await store.makeModel()
        let state = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        _ = try await store.updateModel("m") { _ in ModelChange(state: .set(state)) }
        #expect(try store.modelState(model.id)?.withUnsafeBytes { Array($0) } == state)
        let reopened = try Store(directory: try directory.crashed().path)
        #expect(try reopened.modelState(model.id)?.withUnsafeBytes { Array($0) } == state)
        _ = try await store.updateModel("m") { _ in ModelChange(state: .set([7])) }
        #expect(try directory.names(in: "blobs").isEmpty)
    }

    @Test func busyModelIsNotChanged() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let job = try await queue.submit(try await store.makeModel())
        for change: () async throws -> Void in [
            { try await store.deleteModel("m") },
            { _ = try await store.putModel("m", definition: [:]) },
            { _ = try await store.updateModel("m") { _ in ModelChange(definition: [:]) } },
            {
                let state = [UInt8](repeating: 1, count: 200_000)
                _ = try await store.updateModel("m") { _ in ModelChange(state: .set(state)) }
            },
        ] {
            let error = await #expect(throws: Problem.self) { try await change() }
            #expect(error?.kind == .conflict)
        }
        #expect(try directory.names(in: "blobs").isEmpty)
        _ = try await queue.cancel(job.id)
        try await store.deleteModel("m")
        let error = #expect(throws: Problem.self) { try store.model("m") }
        #expect(error?.kind == .notFound)
    }

    @Test func namesAreChecked() async throws {
        let store = try directory.open()
        for name in ["", ".a", "-a", "a/b", "a b", "ä", String(repeating: "a", count: 129), "a\0"] {
            let error = await #expect(throws: Problem.self) {
                try await store.putModel(name, definition: [:])
            }
            #expect(error?.kind == .unprocessable)
        }
        for name in ["a", "0", "A.b_c-9", String(repeating: "a", count: 128)] {
            _ = try await store.putModel(name, definition: [:])
        }
        #expect(try store.modelNames().count == 4)
    }

    @Test func aPageOfBigDefinitionsIsShort() async throws {
        let store = try directory.open()
        let big = JSONValue.string(String(repeating: "a", count: 9 << 20))
        for name in ["a", "b", "c", "d"] {
            _ = try await store.putModel(name, definition: name == "d" ? [:] : ["layers": [], "about": big])
        }
        var (pages, after): ([[String]], String?) = ([], nil)
        repeat {
            let page = try store.models(after: after)
            pages.append(page.items.map(\.name))
            after = page.next
        } while after != nil
        #expect(pages == [["a"], ["b"], ["c", "d"]])
    }

    @Test func theNewestAnswersOfAnOwnerAreKept() async throws {
        let store = try directory.open()
        func key(_ owner: String, _ number: Int) -> IdempotencyKey {
            IdempotencyKey(key: "\(owner) POST /v1/models \(number)", requestHash: "h", owner: owner)
        }
        func make(_ owner: String, _ number: Int, bytes: Int) async throws {
            let idempotency = Idempotency<Model>(key(owner, number)) { _ in
                StoredAnswer(status: 201, body: [UInt8](repeating: 7, count: bytes))
            }
            _ = try await store.createModel(nil, definition: [:], idempotency: idempotency)
        }
        try await make("other", 0, bytes: 10)
        // Of 64 MiB, and the keys' own bytes, seven of nine times 8 MiB are left.
        for number in 1...9 {
            try await make("ci", number, bytes: 8 << 20)
            try await Task.sleep(for: .milliseconds(2))
        }
        let kept = try (1...9).filter { try store.answer(for: key("ci", $0)) != nil }
        #expect(kept == Array(3...9))
        #expect(try store.answer(for: key("other", 0)) != nil)
        // More than all by itself, it is the last one.
        try await make("ci", 10, bytes: 65 << 20)
        #expect(try (1...10).filter { try store.answer(for: key("ci", $0)) != nil } == [10])
    }

    @Test func repeatedRequestGetsTheFirstAnswer() async throws {
        let store = try directory.open()
        let key = IdempotencyKey(key: "POST /v1/models k", requestHash: "h")
        #expect(try store.answer(for: key) == nil)
        @Sendable func answer(_ model: Model) -> StoredAnswer {
            StoredAnswer(status: 201, fields: ["location": .string(model.name)], body: Array(model.etag.utf8))
        }
        let first = try await store.createModel(
            nil, definition: [:], idempotency: Idempotency(key, answer: answer))
        let model = try #require(first.made)
        let second = try await store.createModel(
            nil, definition: [:], idempotency: Idempotency(key, answer: answer))
        #expect(second.repeated == answer(model))
        #expect(try store.models().items.count == 1)
        let other = IdempotencyKey(key: key.key, requestHash: "other")
        let error = await #expect(throws: Problem.self) {
            try await store.createModel(nil, definition: [:], idempotency: Idempotency(other, answer: answer))
        }
        #expect(error?.kind == .unprocessable)
        #expect(throws: Problem.self) { try store.answer(for: other) }
        let reopened = try Store(directory: try directory.crashed().path)
        #expect(try reopened.answer(for: key) == answer(model))
    }
}
