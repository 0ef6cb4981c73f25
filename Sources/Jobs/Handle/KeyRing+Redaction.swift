import Tokens

extension KeyRing {
  /// A text without any token of ours: where a mail program left a piece of our mail in what a person wrote, nobody who
  /// reads the post gets their reply address or their links (rule I2). Whatever is signed by us is found, wherever it
  /// stands.
  func redacted(_ text: String) -> String {
    var result = ""
    var run = ""
    func isTokenLetter(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar {
      case "a"..."z", "A"..."Z", "2"..."7": true
      default: false
      }
    }
    func flush() {
      // The shortest token has a version, a kind, a number and 80 bits.
      let isToken = (20...60).contains(run.utf8.count) && verify(run.lowercased()) != nil
      result += isToken ? "…" : run
      run = ""
    }
    for scalar in text.unicodeScalars {
      if isTokenLetter(scalar) {
        run.unicodeScalars.append(scalar)
      } else {
        flush()
        result.unicodeScalars.append(scalar)
      }
    }
    flush()
    return result
  }
}
