/// What a person wrote in a reply, apart from what their mail program added to it.
public struct ReplyText: Sendable, Equatable {
  /// The person's own words.
  public var own: String
  /// What was trimmed: quotations, the lines that introduce them, signatures.
  public var elided: String

  /// Takes the message's text (its HTML, where there is no text) apart.
  public init(_ message: InboundMessage) {
    let shown = message.parts.filter { !$0.isAttachment }
    let plain = shown.first { $0.type == "text/plain" && $0.text?.trimmedOfWhitespace.isEmpty == false }?.text
    self.init(trimming: plain ?? shown.first { $0.type == "text/html" }.map { HTMLText.text(of: $0.text ?? "") } ?? "")
  }

  /// Takes a text apart by the rules of `ReplyTrimming`.
  public init(trimming text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let (own, elided) = ReplyTrimming.split(lines)
    self.own = own.joined(separator: "\n").trimmedOfWhitespace
    self.elided = elided.joined(separator: "\n").trimmedOfWhitespace
  }
}
