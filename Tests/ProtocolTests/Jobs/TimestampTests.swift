import Foundation
import Protocol
import Testing

@Suite struct TimestampTests {
    /// Against `datetime.fromtimestamp(s, timezone.utc).isoformat(timespec="milliseconds")` of Python.
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_827_696_789, "2000-02-29T12:34:56.789Z"),
        (1_767_323_045_678, "2026-01-02T03:04:05.678Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func isWrittenAndRead(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(parsing: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test func agreesWithFoundation() {
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for step in 0..<2000 {
            let milliseconds = Int64(step) * 1_234_567_891
            let date = Date(timeIntervalSince1970: Double(milliseconds / 1000))
            let whole = Timestamp(milliseconds: milliseconds / 1000 * 1000)
            #expect(whole.description == date.formatted(format))
        }
    }

    @Test(arguments: [
        "", "2026-01-02T03:04:05Z", "2026-02-30T00:00:00.000Z", "2026-01-02T24:00:00.000Z",
        "2026-13-01T00:00:00.000Z", "2026-01-02 03:04:05.678Z", "2026-01-02T03:04:05.678+",
    ])
    func othersAreRefused(text: String) {
        #expect(Timestamp(parsing: text) == nil)
    }
}
