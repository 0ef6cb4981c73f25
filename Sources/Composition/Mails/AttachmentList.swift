import Forum
import Mail
import Phrases
import Text
import Tokens

/// The files of a post as its mails name them, below its text: name, size and link. The files themselves stay where
/// they are.
struct AttachmentList: Sendable {
  /// Files that are named; of the others their number is told.
  static let limit = 20

  /// A heading, then a line for each file: `map.pdf (1.2 MB) <https://…>`; empty where the post has none.
  let text: String
  /// The same as a short list.
  let html: String

  /// - Parameters:
  ///   - base: what a relative link belongs to.
  ///   - keys: what they signed is masked, whoever wrote it there (rule I2).
  init(_ attachments: [PostAttachment], base: SafeURL?, words: Catalogue, keys: KeyRing) {
    guard !attachments.isEmpty else {
      (text, html) = ("", "")
      return
    }
    let heading = words.plain(.labelAttachments)
    let rest = attachments.count - Self.limit
    let more = rest > 0 ? words[.overviewMore].filled(["count": String(rest)]) : nil
    var lines = [heading]
    var items: [String] = []
    for attachment in attachments.prefix(Self.limit) {
      let name = keys.masked(attachment.name.shownFileName(limit: 120))
      let size = attachment.octets.map { " (\(words.size($0)))" } ?? ""
      let url = attachment.url.flatMap { SafeURL($0, base: base) }.flatMap {
        keys.tokens(in: $0.value).isEmpty ? $0 : nil
      }
      // A name in Arabic would turn the line around, and a line in Arabic a name in Latin letters.
      let direction = words.language.direction
      lines.append(name.isolated(within: direction) + size + (url.map { " <\($0.value)>" } ?? ""))
      // Outlook knows no `bdi`.
      let own = name.firstDirection ?? direction
      let isLike = own == direction && !name.holdsLetters(against: direction)
      let shown = isLike ? name.htmlEscaped : "<span dir=\"\(own.rawValue)\">\(name.htmlEscaped)</span>"
      let link = url.map { "<a href=\"\($0.value.htmlEscaped)\">\(shown)</a>" } ?? shown
      items.append("<li>\(link)\(size.htmlEscaped)</li>\n")
    }
    if let more {
      lines.append(more)
      items.append("<li>\(more.htmlEscaped)</li>\n")
    }
    text = lines.joined(separator: "\n")
    let opening = "<div lang=\"\(words.language)\" dir=\"\(words.language.direction.rawValue)\">"
    html = "\(opening)\n<p>\(heading.htmlEscaped)</p>\n<ul>\n\(items.joined())</ul>\n</div>"
  }
}
