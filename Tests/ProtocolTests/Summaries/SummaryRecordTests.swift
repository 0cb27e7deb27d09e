import Foundation
import Protocol
import Testing

/// Records, byte by byte as TensorFlow writes them (Tests/Fixtures/Keras/callbacks.py).
@Suite struct SummaryRecordTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Fixtures/Keras/callbacks.json").standardizedFileURL
    private static let time = 1767225600.25

    private func recorded(_ name: String) throws -> String {
        let document = try JSONValue(parsing: Array(Data(contentsOf: Self.file)))
        let record = document["records"]?.array?.first { $0["name"]?.string == name }
        return try #require(record?["bytes"]?.string)
    }

    private func hexadecimal(_ record: SummaryRecord) -> String {
        record.bytes.map { String(format: "%02x", $0) }.joined()
    }

    @Test func aFileBeginsWithItsVersion() throws {
        #expect(hexadecimal(.version(time: Self.time)) == (try recorded("version")))
    }

    @Test func aScalarHasItsStep() throws {
        let record = SummaryRecord.scalar("epoch_loss", 0.7, step: 300, time: Self.time)
        #expect(hexadecimal(record) == (try recorded("scalar")))
    }

    @Test func theFirstStepIsLeftOut() throws {
        let record = SummaryRecord.scalar("epoch_loss", -2, step: 0, time: Self.time)
        #expect(hexadecimal(record) == (try recorded("first")))
    }

    @Test func aHistogramIsATableOfBuckets() throws {
        let buckets = (0..<30).map { row in
            let row = Double(row) * 3
            return (left: row / 7, right: (row + 1) / 7, count: (row + 2) / 7)
        }
        let record = SummaryRecord.histogram("m/dense/kernel/histogram", buckets, step: 1, time: Self.time)
        #expect(hexadecimal(record) == (try recorded("histogram")))
    }

    @Test func aModelIsAText() throws {
        #expect(hexadecimal(.model(["a": [1, nil]], time: Self.time)) == (try recorded("model")))
    }
}
