/// The layouts of mails; the raw value is the file's name.
enum TemplateName: String, CaseIterable, Sendable {
  case instantText = "instant.txt"
  case instantHTML = "instant.html"
  case digestText = "digest.txt"
  case digestHTML = "digest.html"
  /// One post in a digest.
  case entryText = "entry.txt"
  case entryHTML = "entry.html"
  /// What Watchpost itself has to tell a person.
  case noticeText = "notice.txt"
  case noticeHTML = "notice.html"

  /// Decides on escaping.
  var isHTML: Bool { rawValue.hasSuffix(".html") }

  /// Tags that hold text, escaped in HTML.
  var textTags: Set<String> {
    let common: Set<String> = ["language", "direction", "isRTL"]
    let personal: Set<String> = ["stopURL", "stopAddress", "recipientName", "helpdesk", "siteName"]
    let post: Set<String> = [
      "comma", "date", "number", "subject", "postURL", "replyAddress", "replySubject", "anchor",
      "bodyLanguage", "bodyDirection",
    ]
    switch self {
    case .instantText, .instantHTML: return common.union(personal).union(post).union(["preview"])
    case .digestText, .digestHTML: return common.union(personal).union(["summary"])
    case .entryText, .entryHTML: return common.union(post)
    case .noticeText, .noticeHTML: return common.union(personal).union(["heading"])
    }
  }

  /// Tags that hold finished text or HTML: in HTML they stand in three braces.
  var markupTags: Set<String> {
    switch self {
    case .instantText, .instantHTML: ["author", "answers", "ownSubject", "body", "place", "why", "account"]
    case .digestText, .digestHTML: ["preview", "heading", "contents", "posts", "why", "account"]
    case .entryText, .entryHTML: ["author", "answers", "ownSubject", "body", "place"]
    case .noticeText, .noticeHTML: ["body", "why", "account"]
    }
  }

  /// What every mail must hold (rules M3, M6, D2).
  var requiredTags: Set<String> {
    switch self {
    case .instantText, .instantHTML:
      ["body", "author", "number", "postURL", "replyAddress", "why", "stopURL", "stopAddress", "account"]
    case .digestText, .digestHTML: ["contents", "posts", "why", "stopURL", "stopAddress", "account"]
    case .entryText, .entryHTML: ["body", "author", "number", "postURL", "replyAddress"]
    case .noticeText, .noticeHTML: ["heading", "body", "why", "stopURL", "stopAddress", "account"]
    }
  }

  /// Tags that stand alone on their line: they are filled with many lines.
  var blockTags: Set<String> {
    switch self {
    case .instantText, .instantHTML, .entryText, .entryHTML, .noticeText, .noticeHTML: ["body"]
    case .digestText, .digestHTML: ["contents", "posts"]
    }
  }
}
