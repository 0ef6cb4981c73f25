extension Fault: CustomStringConvertible {
  /// The grammar of a fault as text, with examples: the help of `--fault`.
  public static let help = """
    A fault is a word that says what goes wrong, and settings behind it that say where and when:

      WHAT [at=STAGE] [to=PATTERN] [rate=SHARE] [every=N] [times=N]

    WHAT is one of
      refuse           550 5.1.1 (as a greeting 554 5.3.2)
      policy           550 5.7.1 (as a greeting 554 5.7.1)
      defer            451 4.3.0 (as a greeting 421 4.3.2)
      greylist         450 4.7.1 to a recipient's first attempt; wait=SECONDS until one passes
      drop             the connection is closed without an answer
      stall            nothing is answered any more
      tarpit           the right answer, ms=MILLISECONDS late (1000 unless told)
      forget           the right answer; what was sent behind the command is lost
      garbage          the answer is no SMTP reply
      shutdown         421 4.3.2, and the connection is closed
      answer="TEXT"    this answer, for instance answer="452 4.2.2 Mailbox full"

    STAGE is one of
      connect          the greeting
      ehlo mail rcpt   these commands
      data             the DATA command
      body             in the middle of the content (drop, stall, tarpit, garbage, shutdown)
      dot              the end of the content; the message is not kept
      accepted         as dot, but the message is kept: the sender cannot know
    Without it, refuse, policy, defer, greylist, tarpit and answer strike at rcpt, forget at mail,
    the others at dot.

    PATTERN matches recipients: * is any text, ? any character; from rcpt on.
    SHARE is the part of the cases that is struck, from 0 to 1; the same ones with the same seed.
    every=N strikes each N-th case, times=N no more than N of them.
    Of several faults, the first that strikes is the one.

    Examples
      refuse at=rcpt to=*@bad.example
      defer rate=0.1
      drop at=dot every=50 times=3
      drop at=accepted rate=0.01
      greylist wait=300
      tarpit ms=200 at=mail
    """

  /// Reads the text of a fault, as ``help`` describes it.
  ///
  /// - Throws: what is wrong with which word, and an example.
  public init(parsing text: String) throws(FaultSyntaxError) {
    func wrong(_ reason: String) -> FaultSyntaxError { FaultSyntaxError(text: text, reason: reason) }
    guard let words = Self.words(of: text) else { throw wrong("a quotation mark is not closed") }
    guard let first = words.first else { throw wrong("it is empty") }
    var settings = try Settings(words.dropFirst(), wrong)
    let kind = try Self.kind(first, &settings, wrong)
    let stage = try settings.take("at").map { name throws(FaultSyntaxError) in
      guard let stage = Stage(rawValue: name) else {
        throw wrong("'\(name)' is no stage; there are \(Stage.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return stage
    }
    let rate = try settings.take("rate").map { value throws(FaultSyntaxError) in
      guard let rate = Double(value) else { throw wrong("the rate '\(value)' is no number") }
      return rate
    }
    self.init(
      unchecked: kind, stage: stage ?? kind.usualStage, rate: rate ?? 1, recipient: settings.take("to"),
      every: try settings.number("every", wrong) ?? 1, times: try settings.number("times", wrong))
    if let key = settings.left { throw wrong("'\(key.key)' is no setting of '\(kind.word)'") }
    if let contradiction { throw wrong(contradiction) }
  }

  /// The first word, and the settings that only this kind has.
  private static func kind(
    _ word: (key: String, value: String?), _ settings: inout Settings, _ wrong: (String) -> FaultSyntaxError
  ) throws(FaultSyntaxError) -> Kind {
    if word.key == "answer" {
      guard let text = word.value, !text.isEmpty else { throw wrong("'answer' wants a text: answer=\"450 Not now\"") }
      return .answer(text)
    }
    guard word.value == nil else { throw wrong("it must open with what goes wrong, not with a setting") }
    switch word.key {
    case "refuse": return .refuse
    case "policy": return .policy
    case "defer": return .defer
    case "greylist": return .greylist(seconds: try settings.number("wait", wrong) ?? 0)
    case "drop": return .drop
    case "stall": return .stall
    case "tarpit": return .tarpit(milliseconds: try settings.number("ms", wrong) ?? 1000)
    case "forget": return .forget
    case "garbage": return .garbage
    case "shutdown": return .shutdown
    default: throw wrong("'\(word.key)' is no fault")
    }
  }

  /// The words between spaces, each cut at its first `=`; a value may stand in quotation marks. Nil if one is open.
  private static func words(of text: String) -> [(key: String, value: String?)]? {
    var words: [(key: String, value: String?)] = []
    var rest = text[...]
    while true {
      rest = rest.drop { $0 == " " || $0 == "\t" }
      guard !rest.isEmpty else { return words }
      let key = rest.prefix { $0 != " " && $0 != "\t" && $0 != "=" }
      rest = rest.dropFirst(key.count)
      guard rest.first == "=" else {
        words.append((String(key), nil))
        continue
      }
      rest = rest.dropFirst()
      if rest.first == "\"" {
        let value = rest.dropFirst().prefix { $0 != "\"" }
        guard value.endIndex < rest.endIndex else { return nil }
        words.append((String(key), String(value)))
        rest = rest[rest.index(after: value.endIndex)...]
      } else {
        let value = rest.prefix { $0 != " " && $0 != "\t" }
        words.append((String(key), String(value)))
        rest = rest.dropFirst(value.count)
      }
    }
  }

  /// The settings not yet taken.
  private struct Settings {
    private var values: [(key: String, value: String)] = []

    init(
      _ words: some Sequence<(key: String, value: String?)>, _ wrong: (String) -> FaultSyntaxError
    ) throws(FaultSyntaxError) {
      for (key, value) in words {
        guard let value, !value.isEmpty else { throw wrong("'\(key)' has no value: write \(key)=…") }
        guard !values.contains(where: { $0.key == key }) else { throw wrong("'\(key)' stands there twice") }
        values.append((key, value))
      }
    }

    /// The first setting that nobody asked for: it is a mistake.
    var left: (key: String, value: String)? { values.first }

    /// A setting's value, which is then no longer there; nil if it was not given.
    mutating func take(_ key: String) -> String? {
      guard let index = values.firstIndex(where: { $0.key == key }) else { return nil }
      return values.remove(at: index).value
    }

    /// The same as a whole number.
    mutating func number(_ key: String, _ wrong: (String) -> FaultSyntaxError) throws(FaultSyntaxError) -> Int? {
      guard let value = take(key) else { return nil }
      guard let number = Int(value) else { throw wrong("'\(key)=\(value)' is no whole number") }
      return number
    }
  }

  /// The text that ``init(parsing:)`` reads; settings at their usual values are left out.
  public var description: String {
    var words: [String]
    switch kind {
    case .answer(let text): words = ["answer=\"\(text)\""]
    case .greylist(let seconds): words = ["greylist"] + (seconds == 0 ? [] : ["wait=\(seconds)"])
    case .tarpit(let milliseconds): words = ["tarpit", "ms=\(milliseconds)"]
    default: words = [kind.word]
    }
    if stage != kind.usualStage { words.append("at=\(stage.rawValue)") }
    if let recipient { words.append("to=\(recipient)") }
    if rate != 1 { words.append("rate=\(rate)") }
    if every != 1 { words.append("every=\(every)") }
    if let times { words.append("times=\(times)") }
    return words.joined(separator: " ")
  }
}

/// Why a text is no fault.
public struct FaultSyntaxError: Error, Hashable, CustomStringConvertible {
  /// As it was given.
  public let text: String
  /// What is wrong, in half a sentence.
  public let reason: String

  /// For whoever wrote the text: what is wrong, and two texts that are right.
  public var description: String {
    "'\(text)' is no fault: \(reason). Write, for instance, 'refuse at=rcpt to=*@bad.example' or 'defer rate=0.1'."
  }
}
