import Text

extension Notice {
  /// An attachment that was not posted.
  public struct LeftFile: Hashable, Sendable {
    /// As its sender calls it; hostile.
    public var name: String
    /// How large it is; nil where that is not known.
    public var octets: Int?
    /// nil: no file is taken, or it is there no more.
    public var reason: Reason?

    /// Why a forum that takes files does not take this one.
    public enum Reason: Codable, Hashable, Sendable {
      /// It is of a kind that is not taken.
      case kind
      /// - `limit`: octets.
      case tooLarge(limit: Int)
      /// - `limit`: how many there may be.
      case tooMany(limit: Int)
      /// Of all files together.
      /// - `limit`: octets.
      case tooLargeTogether(limit: Int)
      /// It came from another address than the person's own.
      case elsewhere
    }

    /// Nothing is checked: what cannot be shown is left out.
    public init(name: String, octets: Int? = nil, reason: Reason? = nil) {
      self.name = name
      self.octets = octets
      self.reason = reason
    }

    /// More is never shown.
    var bounded: LeftFile { LeftFile(name: name.singleLine(limit: 1000), octets: octets, reason: reason) }
  }
}

extension Notice.LeftFile: Codable {
  private enum CodingKeys: String, CodingKey { case name, octets, reason }

  /// A name alone is what was written once.
  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self.init(name: name)
      return
    }
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      octets: try values.decodeIfPresent(Int.self, forKey: .octets),
      reason: try values.decodeIfPresent(Reason.self, forKey: .reason))
  }
}
