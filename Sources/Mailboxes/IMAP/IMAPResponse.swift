import Time

/// What an IMAP server says, as far as a mailbox is read with it (RFC 3501 section 7).
enum IMAPResponse: Equatable {
  /// `OK`, `NO`, `BAD`, `BYE` or `PREAUTH`, in upper case, with the code in brackets and the words behind it. Without a
  /// tag it is nobody's answer.
  case status(tag: String?, word: String, code: String, text: String)
  /// `EXISTS`: so many messages are there.
  case exists(UInt32)
  /// `EXPUNGE`: the message of this number is gone, those behind it have moved up.
  case expunge(UInt32)
  case fetch(IMAPFetch)
  /// The names in upper case.
  case capability(Set<String>)
  case search([UInt32])
  /// What a mailbox is not read with: `FLAGS`, `RECENT`, `LIST` …, and continuation requests, which are `+`.
  case other(String)
}

/// What a server says of one message (RFC 3501 section 7.4.2). What it did not say is nil.
struct IMAPFetch: Equatable {
  let sequence: UInt32
  var uid: UInt32?
  var size: Int?
  var arrived: Timestamp?
  /// In upper case; `\DELETED`.
  var flags: Set<String>?
  /// The octets of `BODY[…]`, by what stands in the brackets, in upper case; nil for NIL.
  var bodies: [String: [UInt8]?] = [:]

  /// Takes what another response says of the same message.
  mutating func add(_ other: IMAPFetch) {
    uid = other.uid ?? uid
    size = other.size ?? size
    arrived = other.arrived ?? arrived
    flags = other.flags ?? flags
  }
}

/// What a server said is no IMAP, or more than was asked for.
struct IMAPFault: Error, Equatable {
  /// For an admin, to stand behind "the server".
  let problem: String
}

extension Timestamp {
  /// Reads an INTERNALDATE (RFC 3501 section 9, `date-time`): ` 7-Feb-1994 22:43:04 -0800`. nil for anything else.
  init?(internalDate text: String) {
    let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    let parts = text.split(separator: " ")
    guard parts.count == 3 else { return nil }
    let date = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    guard date.count == 3, let month = months.firstIndex(of: date[1].uppercased()), date[2].utf8.count == 4,
      let day = Self.number(date[0], 1...31), let year = Self.number(date[2], 1900...9999)
    else { return nil }
    let time = parts[1].split(separator: ":", omittingEmptySubsequences: false)
    guard time.count == 3, let hour = Self.number(time[0], 0...23), let minute = Self.number(time[1], 0...59),
      let second = Self.number(time[2], 0...60)
    else { return nil }
    guard let sign = parts[2].first, sign == "+" || sign == "-", parts[2].utf8.count == 5,
      let zone = Self.number(parts[2].dropFirst(), 0...9999)
    else { return nil }
    let offset = Int64((zone / 100 * 60 + zone % 100) * 60) * (sign == "-" ? -1 : 1)
    let civil = CivilDate(year: year, month: month + 1, day: day)
    self.init(civil.daysSinceEpoch * secondsPerDay + Int64(hour * 3600 + minute * 60 + second) - offset)
  }

  /// Digits alone, at most four.
  private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
    guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text).flatMap { range.contains($0) ? $0 : nil }
  }
}
