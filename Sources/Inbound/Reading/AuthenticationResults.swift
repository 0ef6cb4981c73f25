/// What a server that we trust says of a message's author (RFC 8601).
public struct AuthenticationResults: Sendable, Equatable {
  /// DMARC passed (RFC 7489): the author's domain vouches for the message.
  public let dmarcPasses: Bool

  /// Reads the topmost field of a server: what stands below it anybody can have written (RFC 8601 section 5).
  /// - Parameter server: its authserv-id, in any case.
  /// - Returns: nil if there is no such field on top.
  public init?(_ message: InboundMessage, by server: String) {
    guard let value = message.header["authentication-results"] else { return nil }
    let clauses = AuthenticationResults.withoutComments(value).split(separator: ";").map { $0.lowercased() }
    let words = (clauses.first ?? "").split(whereSeparator: \.isWhitespace)
    guard let name = words.first, name == server.lowercased(), words.count <= 2 else { return nil }
    dmarcPasses = clauses.dropFirst().contains { clause in
      let words = clause.split(whereSeparator: \.isWhitespace)
      return words.first.map { $0 == "dmarc=pass" } ?? false
    }
  }

  /// Comments may hold anything (RFC 5322 section 3.2.2).
  private static func withoutComments(_ text: String) -> String {
    var depth = 0
    var isEscaped = false
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isEscaped {
        isEscaped = false
        continue
      }
      switch scalar {
      case "\\" where depth > 0: isEscaped = true
      case "(": depth += 1
      case ")" where depth > 0: depth -= 1
      default: if depth == 0 { result.append(scalar) }
      }
    }
    return String(result)
  }
}
