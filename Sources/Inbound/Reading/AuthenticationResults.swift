/// What a server that we trust says of a message's author (RFC 8601).
public struct AuthenticationResults: Sendable, Equatable {
  /// The domain for which DMARC passed (RFC 7489), in lower case; nil where it did not, or no domain is named.
  public let dmarcDomain: String?

  /// Reads the topmost field of a server: what stands below it anybody can have written (RFC 8601 section 5).
  /// - Parameter server: its authserv-id, in any case.
  /// - Returns: nil if there is no such field on top.
  public init?(_ message: InboundMessage, by server: String) {
    guard let value = message.header["authentication-results"] else { return nil }
    let clauses = AuthenticationResults.withoutComments(value).split(separator: ";").map { $0.lowercased() }
    let words = (clauses.first ?? "").split(whereSeparator: \.isWhitespace)
    guard let name = words.first, name == server.lowercased(), words.count <= 2 else { return nil }
    dmarcDomain =
      clauses.dropFirst().lazy.compactMap { clause -> String? in
        let words = clause.split(whereSeparator: \.isWhitespace)
        guard words.first == "dmarc=pass" else { return nil }
        return words.first { $0.hasPrefix("header.from=") }.map { String($0.dropFirst("header.from=".count)) }
      }.first
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
