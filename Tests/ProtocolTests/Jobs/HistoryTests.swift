import Protocol
import Testing

@Suite struct HistoryTests {
    static func event(_ kind: JobEvent.Kind, _ data: JSONValue) -> JobEvent {
        JobEvent(id: 1, kind: kind, time: Timestamp(milliseconds: 0), data: data)
    }

    static func history(_ events: [JobEvent]) -> History {
        events.reduce(into: History()) { $0.apply($1) }
    }

    /// With `validation_freq=2`, as Keras fills `History.history`.
    static let sparse = history([
        event(.epochBegin, ["epoch": 1, "epochs": 3, "steps": 4, "batch_size": 32]),
        event(.epochEnd, ["epoch": 1, "logs": ["loss": 0.5]]), event(.batch, ["epoch": 2]),
        event(.epochEnd, ["epoch": 2, "logs": ["loss": 0.25, "val_loss": "NaN"]]),
        event(.epochEnd, ["epoch": 3, "logs": ["loss": 0.125, "precision": [0.5, 1]]]),
    ])

    @Test func eventsBecomeAHistory() {
        #expect(
            Self.sparse.json == [
                "epoch": [0, 1, 2],
                "history": ["loss": [0.5, 0.25, 0.125], "val_loss": ["NaN"], "precision": [[0.5, 1]]],
                "params": ["epochs": 3, "steps": 4, "batch_size": 32],
            ])
    }

    @Test func tableIsThatOfCSVLogger() {
        #expect(
            Self.sparse.csv == "epoch,loss,val_loss\r\n0,0.5,NA\r\n1,0.25,nan\r\n2,0.125,NA\r\n")
        #expect(History().csv == "epoch\r\n")
    }

    @Test func epochThatIsToldAgainReplacesTheLaterOnes() {
        var history = Self.sparse
        history.apply(Self.event(.epochEnd, ["epoch": 2, "logs": ["loss": 0.3]]))
        #expect(history.json["epoch"] == [0, 1])
        #expect(history.json["history"] == ["loss": [0.5, 0.3]])
    }

    @Test func recordKeepsAll() {
        #expect(History(record: Self.sparse.record) == Self.sparse)
        #expect(History(record: ["epochs": [[0]], "params": [:]]) == nil)
    }
}
