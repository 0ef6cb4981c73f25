import Mail

/// Whom a message is from, whom it is to, and what it answers, as its header says it.
extension InboundMessage {
  /// The author's address (RFC 5322 section 3.6.2); the first of several, nil where none can be read.
  public var author: Address? {
    header["from"].flatMap { AddressScanner.mailboxes(in: $0).first }
  }

  /// The addresses of all that say they wrote it: of several fields, or several in one, nobody is its author for sure.
  public var authors: [Address] { header.all("from").flatMap { AddressScanner.mailboxes(in: $0) } }

  /// The addresses that it went to: those that the last server noted, then those of the header. At most 100 of each
  /// field.
  public var recipients: [Address] {
    var seen: Set<Address> = []
    return InboundMessage.recipientFields.flatMap { header.all($0) }.flatMap { AddressScanner.mailboxes(in: $0) }
      .filter { seen.insert($0).inserted }
  }

  /// `Delivered-To` (qmail, Postfix, Dovecot), `X-Original-To` (Postfix), `Envelope-To` (Exim), then the author's word.
  private static let recipientFields = ["delivered-to", "x-original-to", "envelope-to", "to", "cc"]

  /// The identifiers of the messages that it answers, the nearest first: those of `In-Reply-To`, then those of
  /// `References` from its end. At most 100.
  public var answered: [String] {
    let parents = header.all("in-reply-to").flatMap(InboundMessage.identifiers)
    let ancestors = header.all("references").flatMap(InboundMessage.identifiers).reversed()
    return Array((parents + ancestors).prefix(100))
  }

  /// Its own `Message-ID`, without the angle brackets; nil where it has none.
  public var messageID: String? { header["message-id"].flatMap { InboundMessage.identifiers($0).first } }

  /// What stands in angle brackets; where nothing does, the words.
  private static func identifiers(_ value: String) -> [String] {
    let bracketed = value.split(separator: "<").dropFirst(value.hasPrefix("<") ? 0 : 1).compactMap { piece in
      piece.firstIndex(of: ">").map { String(piece[..<$0]) }
    }
    let found = bracketed.isEmpty ? value.split(whereSeparator: \.isWhitespace).map(String.init) : bracketed
    return found.filter { !$0.isEmpty && $0.utf8.count <= 998 }
  }
}

extension AddressScanner {
  /// The addresses of a field: of `"a@b" <c@d>` the one in angle brackets.
  static func mailboxes(in value: String) -> [Address] {
    var bare = ""
    var isQuoted = false
    var isEscaped = false
    // A display name may look like an address.
    for character in value.unicodeScalars {
      if isEscaped {
        isEscaped = false
        continue
      }
      switch character {
      case "\\" where isQuoted: isEscaped = true
      case "\"": isQuoted.toggle()
      case _ where isQuoted: break
      default: bare.unicodeScalars.append(character)
      }
    }
    return bare.split(separator: ",").compactMap { piece in
      if let open = piece.lastIndex(of: "<") {
        let inside = piece[piece.index(after: open)...]
        return addresses(in: inside.prefix { $0 != ">" }).first
      }
      return addresses(in: piece).first
    }
  }
}
