/// A message as it was read: nothing in it is believed, everything is bounded (rule X3).
public struct InboundMessage: Sendable, Equatable {
  /// The message's own header, its fields in their order.
  public var header: Header
  /// The body: a leaf, or a container with parts.
  public var body: Part
  /// False if something lay beyond `ReadingBounds` and was left out.
  public var isComplete: Bool

  /// Every part, containers before what they hold, without those of messages that are enclosed.
  public var parts: [Part] { body.flattened }
}

/// Header fields in the order in which they stand.
public struct Header: Sendable, Equatable {
  /// One field: its name as written, its value unfolded and decoded (RFC 2047).
  public struct Field: Sendable, Equatable {
    /// Without the colon.
    public var name: String
    /// Without the line end, trimmed.
    public var value: String
  }

  /// In their order.
  public var fields: [Field]

  /// The first field's value with this name, whatever its case (RFC 5322 section 1.2.2).
  public subscript(name: String) -> String? {
    fields.first { $0.name.equalsIgnoringCase(name) }?.value
  }

  /// The values of all fields with this name.
  public func all(_ name: String) -> [String] {
    fields.lazy.filter { $0.name.equalsIgnoringCase(name) }.map(\.value)
  }
}

/// One part of a message's body.
public struct Part: Sendable, Equatable {
  /// What it holds.
  public enum Content: Sendable, Equatable {
    /// Text in Unicode, whatever its charset was: of `text/…` and of the parts of reports.
    case text(String)
    /// Anything else: the octets of it, decoded, are only counted.
    case octets(count: Int)
    /// The parts of a `multipart/…`.
    case parts([Part])
    /// An enclosed message (`message/rfc822`): its header and its body.
    case message(Header, [Part])
  }

  /// `type/subtype`, lower-cased (RFC 2045); `text/plain` where none is said.
  public var type: String
  /// Lower-cased: `report-type` of a `multipart/report` (RFC 6522), `method` of a `text/calendar` (RFC 5546), `format`
  /// and `delsp` of a `text/plain` (RFC 3676).
  public var parameters: [String: String]
  /// As the sender names the file; no path of ours.
  public var filename: String?
  /// Whether the sender wants it shown as a file (RFC 2183).
  public var isAttachment: Bool
  /// What it holds.
  public var content: Content
  /// The name by which HTML shows it, `Content-ID` without angle brackets (RFC 2392), lower-cased.
  public var contentID: String?
  /// Of a leaf, where they were asked for: its octets, decoded.
  var octets: [UInt8] = []

  /// Octets of a leaf, of text as it is read; 0 for what has parts.
  public var size: Int {
    switch content {
    case .text(let text): max(text.utf8.count, octets.count)
    case .octets(let count): count
    case .parts, .message: 0
    }
  }

  /// Its text, if it is text.
  public var text: String? {
    if case .text(let text) = content { text } else { nil }
  }

  /// Itself and the parts in it, without those of enclosed messages.
  var flattened: [Part] {
    guard case .parts(let parts) = content else { return [self] }
    return [self] + parts.flatMap(\.flattened)
  }
}
