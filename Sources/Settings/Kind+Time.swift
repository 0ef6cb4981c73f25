import DeliveryPolicy
import Mistakes
import Text
import Time

extension TimeSpan {
  /// Reads one number with one unit: s, m, h, d or w: `90s`, `2m`, `24h`, `5d`, `2w`.
  /// - Throws: what is wrong with the text.
  public init(_ text: String) throws(Refusal) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).trimmed
    guard let number = Int64(digits), digits.utf8.count <= 9 else {
      throw Refusal("\(quoted(text)) is no length of time", "write a number with a unit: 90s, 2m, 24h, 5d")
    }
    guard let length = ["s": Int64(1), "m": 60, "h": 3600, "d": 86_400, "w": 604_800][unit] else {
      guard unit.isEmpty else { throw Refusal("\(quoted(unit)) is no unit of time", "use s, m, h, d or w") }
      throw Refusal("\(digits) has no unit", "write \(digits)s, \(digits)m, \(digits)h or \(digits)d")
    }
    self.init(seconds: number * length)
  }
}

extension Kind<Weekday> {
  /// A day of the week by its name, or by the number that databases and commands know it by.
  static var weekday: Kind<Weekday> {
    let name = choice(Weekday.self)
    return .scalar(form: "\(name.form), or 1 (Monday) to 7", write: \.rawValue) { (text) throws(Refusal) in
      if Int(text) != nil, let day = Weekday(numberOrName: text) { return day }
      return try name.parse(.text(text), "")
    }
  }
}

extension Kind<TimeSpan> {
  /// A length of time within a range.
  public static func duration(in range: ClosedRange<TimeSpan>) -> Kind<TimeSpan> {
    let bounds = "\(range.lowerBound)...\(range.upperBound)"
    return .scalar(
      form: "a length of time such as 90s, 2m or 24h, from \(range.lowerBound) to \(range.upperBound)"
    ) {
      (text) throws(Refusal) in
      let span = try TimeSpan(text)
      guard range.contains(span) else { throw Refusal("\(text) is out of range \(bounds)") }
      return span
    }
  }
}

extension Kind<RetrySteps> {
  /// A list of lengths of time, or of spans `2h..4h` within which chance chooses.
  static var retry: Kind<RetrySteps> {
    let step = Kind<ClosedRange<TimeSpan>>.scalar(
      form: "a length of time, 1m...2d, or a span such as 2h..4h", write: writeStep, parse: readStep)
    let list = Kind<[ClosedRange<TimeSpan>]>.list(of: step, count: 1...20)
    let write: @Sendable (RetrySteps) -> String = { list.write($0.steps) }
    return Kind(form: list.form, write: write) { (written, base) throws(Refusal) in
      RetrySteps(try list.parse(written, base))
    }
  }
}

/// `5m`, or `2h..4h` for a span.
private func writeStep(_ step: ClosedRange<TimeSpan>) -> String {
  step.lowerBound == step.upperBound ? step.lowerBound.description : "\(step.lowerBound)..\(step.upperBound)"
}

/// `1h`, `2h..4h` or `2h...4h`: one step of the schedule, 1 minute to 2 days (rule S4). Nothing may stand before or
/// behind the dots.
private func readStep(_ text: String) throws(Refusal) -> ClosedRange<TimeSpan> {
  var ends = [text]
  if let dots = text.firstRange(of: "..") {
    ends = [text[..<dots.lowerBound].trimmed, text[dots.upperBound...].drop { $0 == "." }.trimmed]
  }
  let least = try TimeSpan(ends[0])
  let most = try TimeSpan(ends[ends.count - 1])
  guard least >= .minutes(1), most <= .days(2) else { throw Refusal("\(text) is out of range 1m...2d") }
  guard least <= most else { throw Refusal("\(text) ends before it begins", "write the shorter time first") }
  return least...most
}
