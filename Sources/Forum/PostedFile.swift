/// A file that came with a reply and is kept: what its post tells of it (rule I4).
public struct PostedFile: Hashable, Sendable {
  /// As its sender calls it, made fit to be shown: no sign in it means anything to a markup.
  public var name: String
  /// How many octets it has.
  public var octets: Int
  /// Where it can be had.
  public var url: String

  /// A file under its address.
  public init(name: String, octets: Int, url: String) {
    self.name = name
    self.octets = octets
    self.url = url
  }

  /// `120 KB`, or `2.4 MB`; rounded up, in thousands.
  public var size: String {
    let kilobytes = max(1, (octets + 999) / 1000)
    if kilobytes < 1000 { return "\(kilobytes) KB" }
    let tenths = (octets + 99_999) / 100_000
    return "\(tenths / 10).\(tenths % 10) MB"
  }

  /// Name and size, without the address.
  public var words: String { "\(name) (\(size))" }
}

extension ReplyDraft {
  /// What the post says as plain text: the person's words, then a line for each file. It is the same read as Markdown.
  public var text: String {
    if files.isEmpty { return body }
    let list = files.map { "- \($0.words): \($0.url)" }.joined(separator: "\n")
    return body.isEmpty ? list : "\(body)\n\n\(list)"
  }
}
