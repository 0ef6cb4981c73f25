import Forum
import Foundation
import Mistakes
import Text

/// The JSON that the forum's program answers: `{"post": "9241", "pending": true}` or `{"refused": "no-right"}`. A post's id
/// is a text or a whole number; other names are passed over.
struct HookAnswer: Decodable {
  /// The longest answer that is read, in octets.
  static let limit = 64 * 1024

  /// The new post's id, or the one that was made of the same key before.
  var post: Key?
  /// The post waits for a moderator.
  var pending: Bool?
  /// Why it was not taken, in a word.
  var refused: String?

  /// An id, however it is written.
  struct Key: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      text = try (try? value.decode(Int64.self)).map(String.init) ?? value.decode(String.self)
    }
  }

  /// - Parameters:
  ///   - octets: what the program said.
  ///   - name: what errors call it.
  /// - Throws: `ForumError` of kind `query` for anything that was not agreed on.
  static func read(_ octets: [UInt8], from name: String) throws -> ReplyAnswer {
    func refuse(_ words: String) -> ForumError {
      let shown = String(decoding: octets.prefix(300), as: UTF8.self).singleLine(limit: 100)
      return ForumError(
        .query, "\(name) \(words): it must answer {\"post\": \"ID\"} or {\"refused\": \"no-right\"}, and said: \(shown)"
      )
    }
    guard octets.count <= limit else { throw refuse("answers with more than \(limit / 1024) KB") }
    let answer: HookAnswer
    do {
      answer = try JSONDecoder().decode(HookAnswer.self, from: Data(octets))
    } catch is DecodingError {
      throw refuse("answers no such JSON")
    }
    switch (answer.post, answer.refused) {
    case (let post?, nil):
      guard !post.text.isEmpty, post.text.utf8.count <= 200, !post.text.unicodeScalars.contains(where: isUnprintable)
      else { throw refuse("names no post that can be one") }
      return .posted(key: post.text, isPending: answer.pending ?? false)
    case (nil, let word?):
      guard let refusal = ReplyRefusal(rawValue: word) else {
        let words = ReplyRefusal.allCases.map(\.rawValue).joined(separator: ", ")
        throw refuse("refuses for a reason that is none of \(words)")
      }
      return .refused(refusal)
    default: throw refuse("says neither `post` nor `refused`, or both")
    }
  }
}
