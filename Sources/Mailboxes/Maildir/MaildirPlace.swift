import Time

/// A message's place in a Maildir: where its file is, and where it stands in the order of arrival.
struct MaildirPlace: Comparable {
  /// The file as it was called when it was listed, with its flags.
  let file: [UInt8]
  /// It was seen in `new`, else in `cur`.
  let isNew: Bool
  /// The file's name without its flags: what stands before `:` is never changed (maildir(5)).
  let name: [UInt8]
  /// Seconds since 1970, where the name begins with them as it should; 0 otherwise.
  private let seconds: Int64

  /// - Parameter file: the file's name, with or without flags.
  init(_ file: [UInt8], isNew: Bool) {
    (self.file, self.isNew) = (file, isNew)
    name = Array(file.prefix { $0 != UInt8(ascii: ":") })
    let digits = name.prefix { (0x30...0x39).contains($0) }
    let isWhole = digits.count == name.count || name[digits.count] == UInt8(ascii: ".")
    let number = digits.count <= 11 && isWhole ? Int64(String(decoding: digits, as: UTF8.self)) ?? 0 : 0
    // Programs that number their files or count microseconds say nothing of when.
    seconds = number >= 1_000_000_000 ? number : 0
  }

  /// When it was delivered, as its name says; nil: it does not.
  var arrival: Timestamp? { seconds == 0 ? nil : Timestamp(seconds) }

  static func < (a: MaildirPlace, b: MaildirPlace) -> Bool {
    a.seconds == b.seconds ? a.name.lexicographicallyPrecedes(b.name) : a.seconds < b.seconds
  }

  /// Flags make no other message.
  static func == (a: MaildirPlace, b: MaildirPlace) -> Bool { a.name == b.name }

  // MARK: Names

  /// The name in printable ASCII; what is not is written as in a URL.
  var entryName: String {
    let digits = Array("0123456789ABCDEF".utf8)
    var text: [UInt8] = []
    for octet in name {
      if (0x21...0x7E).contains(octet), octet != UInt8(ascii: "%") {
        text.append(octet)
      } else {
        text += [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The name of the file, without flags, behind an entry's; nil for one that no message of a Maildir can have.
  static func name(of entryName: String) -> [UInt8]? {
    var name: [UInt8] = []
    var rest = Array(entryName.utf8)[...]
    while let octet = rest.popFirst() {
      guard octet == UInt8(ascii: "%") else {
        name.append(octet)
        continue
      }
      guard rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      name.append(code)
      rest = rest.dropFirst(2)
    }
    return isMessage(name) ? name : nil
  }

  /// Hidden files are notes of other programs.
  static func isMessage(_ name: [UInt8]) -> Bool {
    guard let first = name.first, first != UInt8(ascii: "."), first != UInt8(ascii: ":") else { return false }
    return !name.contains(UInt8(ascii: "/")) && !name.contains(0)
  }
}
