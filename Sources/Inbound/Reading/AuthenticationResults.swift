/// What a server that we trust says of a message's author (RFC 8601).
public struct AuthenticationResults: Sendable, Equatable {
  /// The domain for which DMARC passed (RFC 7489), in lower case; nil where it did not, or no domain is named.
  public let dmarcDomain: String?

  /// Reads the topmost field of a server: what stands below it, or below the line of the server of ours that took the
  /// message from elsewhere, anybody can have written (RFC 8601 section 5).
  /// - Parameter server: its authserv-id, in any case.
  /// - Returns: nil if there is no such field on top.
  public init?(_ message: InboundMessage, by server: String) {
    let ours = message.header.fields.prefix {
      !$0.name.equalsIgnoringCase("received") || Self.isHandedOn($0.value)
    }
    guard let value = ours.first(where: { $0.name.equalsIgnoringCase("authentication-results") })?.value else {
      return nil
    }
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

  /// Whether a `Received` says that one of our own servers handed the message on: within one machine, or from a private
  /// address (RFC 5321 section 4.4).
  private static func isHandedOn(_ field: String) -> Bool {
    let words = withoutComments(field).lowercased().split(whereSeparator: \.isWhitespace)
    func word(behind name: String) -> Substring? {
      words.firstIndex { $0 == name }.flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    }
    guard let from = word(behind: "from") else { return true }
    if word(behind: "with")?.hasPrefix("lmtp") == true || from == word(behind: "by") || from == "localhost" {
      return true
    }
    return field.contains("[") && InboundMessage.origin(of: field) == nil
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
