import Testing
import Training

/// What `GET /v1` lists: every class once, each of its names once.
@Suite struct VocabulariesTests {
    @Test func noNameIsListedTwice() {
        for (kind, classes) in Vocabularies.json {
            let names = (classes.array ?? []).compactMap { $0["name"]?.string }
            #expect(!names.isEmpty && Set(names).count == names.count, "\(kind)")
            for entry in classes.array ?? [] {
                let aliases = (entry["aliases"]?.array ?? []).compactMap(\.string)
                #expect(Set(aliases).count == aliases.count, "\(kind): \(aliases)")
            }
        }
    }
}
