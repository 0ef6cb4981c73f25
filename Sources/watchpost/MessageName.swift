import Foundation
import Identifiers
import Text
import Tokens

/// A message as somebody pasted it.
enum MessageName: Hashable {
  /// By its number.
  case delivery(DeliveryID)
  /// By the person and the post that a token of ours names.
  case post(PersonID, JournalPosition)

  /// - Parameter text: a number; or anything with a token of ours in it: a Message-ID, an address, with brackets,
  ///   `mailto:` or whatever else stands around it.
  /// - Throws: `Failure` for anything else.
  init(_ text: String, _ keys: KeyRing) throws {
    let name = text.trimmed
    let digits = name.hasPrefix("#") ? String(name.dropFirst()) : name
    if let number = Int64(digits), number > 0 {
      self = .delivery(DeliveryID(number))
      return
    }
    // As links have them.
    let text = name.removingPercentEncoding ?? name
    for range in keys.tokens(in: text) {
      // Letters alone: what mail programs put between them is no part of it.
      let letters = text[range].lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
      switch keys.verify(letters) {
      case .reply(let person, let post)?: self = .post(person, post)
      case .stop(let person, let post, _)? where post != 0: self = .post(person, post)
      case .digestPart(_, let delivery)?, .notice(_, let delivery)?, .bounce(let delivery)?:
        self = .delivery(delivery)
      case .stop?, .confirm?, .signIn?, nil: continue
      }
      return
    }
    throw Failure(
      .usage,
      text.contains("@")
        ? "\"\(text.singleLine(limit: 200))\" names no mail that the keys of this installation signed: is all of it there? "
          + "Of a person, name a post too: watchpost explain PERSON POST"
        : "\"\(text.singleLine(limit: 200))\" is no message: give its number, a Message-ID or an address of ours; of a person, "
          + "name a post too")
  }
}
