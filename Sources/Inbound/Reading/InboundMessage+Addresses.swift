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

  /// The host that handed it to us: the address in the topmost `Received` that has one of the net at large, since our own
  /// servers stand above it (RFC 5321 section 4.4). What stands below it anybody can have written. nil where none has one.
  public var origin: String? {
    header.all("received").prefix(10).lazy.compactMap { Self.origin(of: $0) }.first
  }

  /// The address of the net at large that a `Received` has in brackets; nil where it has none.
  static func origin(of field: String) -> String? {
    guard let open = field.firstIndex(of: "["), let close = field[open...].firstIndex(of: "]") else { return nil }
    var address = field[field.index(after: open)..<close].lowercased()[...]
    if address.hasPrefix("ipv6:") { address = address.dropFirst(5) }
    guard !address.isEmpty, address.utf8.count <= 45, address.utf8.contains(where: { $0 == 0x2E || $0 == 0x3A }) else {
      return nil
    }
    let second = address.split(separator: ".").dropFirst().first.flatMap { Int($0) } ?? 0
    let isOurs =
      ["10.", "127.", "192.168.", "169.254.", "::1", "fe80:", "fc", "fd"].contains { address.hasPrefix($0) }
      || address.hasPrefix("172.") && (16...31).contains(second)
    return isOurs ? nil : String(address)
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
