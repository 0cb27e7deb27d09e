import HTTPTypes

/// What a token lets its holder do; each scope includes the ones before it.
public enum Scope: String, Sendable, CaseIterable, Comparable {
    /// To look at everything but what is the operator's.
    case read
    /// To make, change and delete datasets, models and jobs.
    case train
    /// To see who has which token.
    case admin

    /// Less is let do less.
    public static func < (left: Scope, right: Scope) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// What a request needs.
    init(neededBy request: Request) {
        if request.pattern == "/v1/tokens" {
            self = .admin
        } else {
            self = request.changesNothing ? .read : .train
        }
    }
}

extension Request {
    /// Whether the method is a safe one (RFC 9110, 9.2.1).
    var changesNothing: Bool { [.get, .head, .options].contains(method) }
}
