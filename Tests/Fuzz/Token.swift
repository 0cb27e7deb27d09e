/// Who asks plays no part here.
public struct Token: Sendable {}
