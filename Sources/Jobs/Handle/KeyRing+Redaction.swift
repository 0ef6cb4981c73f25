import Tokens

extension KeyRing {
  /// A text without the lines in which a token of ours stands, or an address of ours that had one: where a mail program
  /// left a piece of our mail in what a person wrote, nobody who reads the post gets their reply address or their links
  /// (rule I2).
  func withoutOurLines(_ text: String, _ ours: OurAddresses) -> String {
    let openings = [ours.reply, ours.bounce, ours.stop, ours.confirm].flatMap { ["\($0)+", "\($0)%2b"] }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    lines =
      lines.filter { line in
        let lower = line.lowercased()
        return !openings.contains { lower.contains($0) } && !holdsToken(lower)
      }[...]
    while let last = lines.last, last.allSatisfy(\.isWhitespace) { lines.removeLast() }
    while let first = lines.first, first.allSatisfy(\.isWhitespace) { lines.removeFirst() }
    return lines.joined(separator: "\n")
  }

  /// Whether a run of a line's letters and digits is signed by us.
  private func holdsToken(_ line: String) -> Bool {
    line.utf8.split { !(0x61...0x7A).contains($0) && !(0x32...0x37).contains($0) }.contains { run in
      // The shortest token has a version, a kind, a number and 80 bits.
      (20...60).contains(run.count) && verify(String(decoding: Array(run), as: UTF8.self)) != nil
    }
  }
}
