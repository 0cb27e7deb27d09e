import ArgumentParser
import Server

/// Where a server is: `http://HOST[:PORT][/PATH]` or the same with `https`; without a scheme it is `http`.
struct ServerURL: ExpressibleByArgument, CustomStringConvertible {
    /// The same with `http`, whose parts are those of either scheme.
    let root: RemoteRoot
    let isTLS: Bool

    init?(argument: String) {
        isTLS = argument.hasPrefix("https://")
        let text = isTLS ? "http" + argument.dropFirst(5) : argument
        guard let root = RemoteRoot(text.contains("://") ? text : "http://\(text)") else { return nil }
        self.root = root
    }

    /// 443 or 80 unless the URL has one.
    var port: Int { isTLS && !root.authority.hasSuffix(":\(root.port)") ? 443 : root.port }

    var description: String { (isTLS ? "https" : "http") + root.description.dropFirst(4) }
}
