import Time

/// How somebody's replies in one thread follow each other. Two machines that answer each other can be as slow as they
/// like, and one of them has no pause: what nobody can do tells them, not how much they write (rule I9).
struct Pace {
  /// How many steps in a row are looked at, and how long one must be at least: what somebody wrote on a journey comes in
  /// at once.
  private static let steps = 8
  private static let shortest: Int64 = 60
  /// Seconds in which everybody sleeps at least `sleep` of them.
  private static let day: Int64 = 20 * 3600
  private static let sleep: Int64 = 4 * 3600
  /// How far back is looked.
  static let span: Int64 = 5 * 86_400
  /// How many replies at most are looked at.
  static let most = 60

  /// In order.
  private let moments: [Int64]

  /// - Parameter moments: of the replies in the thread, the one in question among them, in any order.
  init(_ moments: [Timestamp]) { self.moments = moments.map(\.seconds).sorted() }

  /// Whether the last nine came in steps of even length: none is a quarter longer than another.
  var isEven: Bool {
    let steps = zip(moments, moments.dropFirst()).map { $1 - $0 }.suffix(Self.steps)
    guard steps.count == Self.steps, let least = steps.min(), let most = steps.max() else { return false }
    return least >= Self.shortest && most * 4 <= least * 5
  }

  /// Whether whoever wrote them has not slept: in twenty hours there is no pause of four.
  var isSleepless: Bool {
    guard let last = moments.last else { return false }
    var start = last
    for moment in moments.reversed() {
      if start - moment >= Self.sleep { return false }
      start = moment
      if last - moment >= Self.day { return true }
    }
    return false
  }

  /// The letters of a text, and nothing else: equal for what a machine fills into its words, such as dates and numbers.
  /// nil for short texts, which people write again too.
  static func shape(of text: String) -> String? {
    let letters = text.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic }
    return letters.count < 40 ? nil : String(String.UnicodeScalarView(letters))
  }
}
