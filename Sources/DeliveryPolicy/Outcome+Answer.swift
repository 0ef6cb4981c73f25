extension Outcome {
  /// The server's whole answer, or what happened instead, as it is kept with the attempt (rule S2).
  public var answer: String {
    switch self {
    case .accepted(let reply): reply.description
    case .refused(let reply, let stage): "\(stage.rawValue): \(reply)"
    case .notOffered(let capability): capability.description
    case .lost(let reason), .uncertain(let reason), .unsent(let reason): reason
    }
  }

  /// A refusal without what differs between recipients, and without their addresses: `rcpt: 554 5.7.1 relay access
  /// denied`.
  public var gist: String? {
    guard case .refused(let reply, let stage) = self else { return nil }
    let words = (reply.lines.first ?? "").split(whereSeparator: \.isWhitespace).lazy
      .map { $0.trimmingPrefix { $0.isPunctuation } }
      .map { word in word.last.map { $0.isPunctuation ? word.dropLast() : word } ?? word }
      .filter { !$0.isEmpty && $0.contains(where: \.isLetter) && $0.allSatisfy { $0.isLetter || "-'’".contains($0) } }
    let parts = ["\(stage.rawValue): \(reply.code)", reply.enhanced?.description].compactMap { $0 }
    return (parts + words.prefix(12).map { $0.lowercased() }).joined(separator: " ")
  }
}
