import Protocol

/// A part of a list.
public struct Page<Item: Sendable>: Sendable {
    /// The items, in the list's order.
    public var items: [Item]
    /// What `?after=` takes to go on; nil at the end.
    public var next: String?

    /// The first `limit` of items of which one more was looked for.
    /// - Parameter isCut: Whether there are more in any case.
    init(_ found: [Item], limit: Int, isCut: Bool = false, cursor: (Item) -> String) {
        items = Array(found.prefix(limit))
        next = isCut || found.count > limit ? items.last.map(cursor) : nil
    }
}
