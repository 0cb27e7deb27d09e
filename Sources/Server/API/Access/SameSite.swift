import HTTPTypes
import Protocol

/// Keeps pages of other web sites, open in a browser on this machine, from driving a server that trusts the machine.
struct SameSite: Middleware {
    /// 403 for what a browser says comes from another site's page; following a link to here is no harm.
    func admit(_ request: inout Request) throws {
        guard isOwn(request) else {
            throw Problem(.forbidden, "Pages of other web sites may not use this server.")
        }
    }

    private func isOwn(_ request: Request) -> Bool {
        let isReading = request.method == .get || request.method == .head
        if isReading, request.fields[.fetchMode] == "navigate" { return true }
        if let site = request.fields[.fetchSite], site != "same-origin", site != "none" { return false }
        guard let origin = request.fields[.origin] else { return true }
        return origin.split(separator: "/").last.map(String.init) == request.head.authority
            && origin.contains("://")
    }
}

extension HTTPField.Name {
    /// `Sec-Fetch-Site` (W3C Fetch Metadata): how the page's site relates to this server's.
    fileprivate static let fetchSite = HTTPField.Name.known("Sec-Fetch-Site")
    /// `Sec-Fetch-Mode`: `navigate` when the answer is shown as a page.
    fileprivate static let fetchMode = HTTPField.Name.known("Sec-Fetch-Mode")
}
