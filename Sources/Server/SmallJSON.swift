import Protocol

extension JSONValue {
    /// Whether it is little enough to be kept for a while, with what is made of it.
    var isSmall: Bool {
        var room = 64 << 10
        return fits(in: &room)
    }

    /// - `room`: Bytes, of which those that it takes are used up.
    private func fits(in room: inout Int) -> Bool {
        room -= 32
        switch self {
        case .null, .bool, .integer, .number: break
        case .string(let text): room -= text.utf8.count
        case .array(let items):
            for item in items where !item.fits(in: &room) { return false }
        case .object(let members):
            for (name, value) in members {
                room -= name.utf8.count
                guard value.fits(in: &room) else { return false }
            }
        }
        return room >= 0
    }
}
