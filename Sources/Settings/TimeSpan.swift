/// A length of time in whole seconds, written `90s`, `2m`, `24h`, `5d` or `2w`.
public struct TimeSpan: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// 0 or more.
  public let seconds: Int64

  public init(seconds: Int64) { self.seconds = seconds }

  public static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(seconds: count) }
  public static func minutes(_ count: Int64) -> TimeSpan { TimeSpan(seconds: count * 60) }
  public static func hours(_ count: Int64) -> TimeSpan { TimeSpan(seconds: count * 3600) }
  public static func days(_ count: Int64) -> TimeSpan { TimeSpan(seconds: count * 86_400) }

  public static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.seconds < b.seconds }

  /// In the largest unit that leaves no rest: `90s`, `2h`.
  public var description: String {
    for (unit, length) in [("d", Int64(86_400)), ("h", 3600), ("m", 60)]
    where seconds >= length && seconds % length == 0 {
      return "\(seconds / length)\(unit)"
    }
    return "\(seconds)s"
  }

  /// Reads one number with one unit: s, m, h, d or w.
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
    seconds = number * length
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

/// When a failed delivery is tried again (rule S4): after the first failure the first step, and so on; the last step
/// is repeated until the delivery expires. A step is a span within which a moment is chosen by chance.
public struct RetrySchedule: Hashable, Sendable {
  /// At least one.
  public let steps: [ClosedRange<TimeSpan>]

  /// The caller vouches for at least one step.
  public init(_ steps: [ClosedRange<TimeSpan>]) { self.steps = steps }

  /// The span to wait after so many failures, 1 or more.
  public func wait(afterFailures count: Int) -> ClosedRange<TimeSpan> { steps[min(max(count, 1), steps.count) - 1] }
}

extension Kind<RetrySchedule> {
  /// A list of lengths of time, or of spans `2h..4h`.
  static var retry: Kind<RetrySchedule> {
    let step = Kind<ClosedRange<TimeSpan>>.scalar(
      form: "a length of time, 1m...2d, or a span such as 2h..4h", write: writeStep, parse: readStep)
    let list = Kind<[ClosedRange<TimeSpan>]>.list(of: step, count: 1...20)
    let write: @Sendable (RetrySchedule) -> String = { list.write($0.steps) }
    return Kind(form: list.form, write: write) { (written, base) throws(Refusal) in
      RetrySchedule(try list.parse(written, base))
    }
  }
}

private func writeStep(_ step: ClosedRange<TimeSpan>) -> String {
  step.lowerBound == step.upperBound ? step.lowerBound.description : "\(step.lowerBound)..\(step.upperBound)"
}

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
