/// Leaves events out of a history as long as something is wrong with it in the same way.
struct HistoryShrinker {
  private let violations: (History) -> [String]
  private static let patience = 400

  init(_ violations: @escaping (History) -> [String]) { self.violations = violations }

  /// What is wrong, without the particulars.
  private func kinds(_ violations: [String]) -> Set<Substring> {
    Set(violations.map { $0.prefix { $0 != ":" } })
  }

  func shrink(_ history: History, _ found: [String]) -> (history: History, violations: [String]) {
    var (history, found) = (history, found)
    let kinds = kinds(found)
    var tries = 0
    var size = max(1, history.events.count / 2)
    while true {
      var isSmaller = false
      var first = 0
      while first < history.events.count, tries < HistoryShrinker.patience {
        var shorter = history
        shorter.events.removeSubrange(first..<min(first + size, history.events.count))
        tries += 1
        let left = violations(shorter)
        if !kinds.isDisjoint(with: self.kinds(left)) {
          (history, found, isSmaller) = (shorter, left, true)
        } else {
          first += size
        }
      }
      if tries >= HistoryShrinker.patience || (size == 1 && !isSmaller) { return (history, found) }
      if size > 1 { size /= 2 }
    }
  }
}
