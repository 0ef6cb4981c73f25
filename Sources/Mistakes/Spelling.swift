/// The word that was probably meant: the nearest by edits, if it is near enough; nil if none is.
public func nearest(to word: String, among words: some Sequence<String>) -> String? {
  let limit = max(1, min(3, word.count / 3))
  var best: (word: String, distance: Int)?
  for candidate in words {
    let distance = edits(from: word.lowercased(), to: candidate.lowercased())
    if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  return best?.word
}

/// Edits that make one word of the other: insert, delete, replace, swap neighbours (optimal string alignment). A word
/// of more than 80 bytes is too far from everything.
func edits(from a: String, to b: String) -> Int {
  let a = Array(a.utf8)
  let b = Array(b.utf8)
  guard a.count <= 80, b.count <= 80 else { return .max }
  var before: [Int] = []
  var above = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var cost = min(above[j + 1] + 1, row[j] + 1, above[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
      row.append(cost)
    }
    (before, above) = (above, row)
  }
  return above[b.count]
}
