import Glibc
import HTTPTypes
import Synchronization

/// The first lines of an answer as they go over the wire (RFC 9112, 4).
func encodeHead(status: HTTPResponse.Status, fields: HTTPFields) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1024)
    func append(_ parts: String...) { for part in parts { bytes.append(contentsOf: part.utf8) } }
    append("HTTP/1.1 \(status.code) ", status.reasonPhrase, "\r\n")
    for field in fields { append(field.name.rawName, ": ", field.value, "\r\n") }
    append("\r\n")
    return bytes
}

/// The time of day as `Date` has it (RFC 9110, 5.6.7), made once a second.
enum DateField {
    private static let last = Mutex<(second: time_t, text: String)>((-1, ""))
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, of now.
    static var now: String {
        let now = time(nil)
        return last.withLock { last in
            if last.second != now { last = (now, text(of: now)) }
            return last.text
        }
    }

    /// The same, of a number of seconds since 1970.
    static func text(of time: time_t) -> String {
        var time = time
        var parts = tm()
        gmtime_r(&time, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = days[Int(parts.tm_wday)]
        let month = months[Int(parts.tm_mon)]
        return "\(day), \(two(parts.tm_mday)) \(month) \(1900 + parts.tm_year) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}
