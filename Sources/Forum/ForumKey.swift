/// A key of the forum's, told from others by its octets, as SQL tells them.
///
/// To Swift two texts are one that Unicode calls canonically equivalent (`é` as one scalar, or as a letter and an accent):
/// of two people whose keys differ in that alone, one would be taken for the other. Whoever compares keys, or looks
/// something up by one, does it with this.
public struct ForumKey: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  /// As the forum has it.
  public let text: String

  /// Any text is a key.
  public init(_ text: String) { self.text = text }
  /// For those that stand in a source.
  public init(stringLiteral text: String) { self.text = text }

  /// As the forum has it.
  public var description: String { text }

  /// The same octets.
  public static func == (a: ForumKey, b: ForumKey) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

  /// The octets.
  public func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(0xFF as UInt8)
  }

  /// In the order of the octets.
  public static func < (a: ForumKey, b: ForumKey) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }
}

extension String {
  /// Whether two keys are one, or neither is there.
  public static func isSameKey(_ a: String?, _ b: String?) -> Bool { a.map { ForumKey($0) } == b.map { ForumKey($0) } }
}

extension Sequence<String> {
  /// These keys, each once.
  public var distinctKeys: Set<ForumKey> { Set(lazy.map { ForumKey($0) }) }
}

extension Set<ForumKey> {
  /// Whether a key is among them.
  public func contains(_ key: String) -> Bool { contains(ForumKey(key)) }
  /// In the order of their octets.
  public var sortedTexts: [String] { sorted().map(\.text) }
}

extension Dictionary where Key == ForumKey {
  /// What a key leads to.
  public subscript(_ key: String) -> Value? {
    get { self[ForumKey(key)] }
    set { self[ForumKey(key)] = newValue }
  }
}
