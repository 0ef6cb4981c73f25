/// How much of a message is read; what lies beyond is left out, and `InboundMessage.isComplete` is false.
public struct ReadingBounds: Sendable {
  /// Octets of the whole message.
  public var message: Int
  /// Octets of the message's own header; fields behind them are left out.
  public var header: Int
  /// Octets of one header field's value, as it stands in the message.
  public var field: Int
  /// How deeply parts may stand in one another; those below are left out.
  public var depth: Int
  /// Parts, containers among them.
  public var parts: Int
  /// Lines that begin as the boundary of a part does; the message ends before the first one too many.
  public var boundaries: Int
  /// Octets of text that are decoded, of all parts together.
  public var text: Int

  /// Bounds in octets and counts, each at least 1.
  public init(
    message: Int = 32 << 20, header: Int = 1 << 20, field: Int = 64 << 10, depth: Int = 32, parts: Int = 1000,
    boundaries: Int = 20_000, text: Int = 4 << 20
  ) {
    self.message = max(message, 1)
    self.header = max(header, 1)
    self.field = max(field, 1)
    self.depth = max(depth, 1)
    self.parts = max(parts, 1)
    self.boundaries = max(boundaries, 1)
    self.text = max(text, 1)
  }
}
