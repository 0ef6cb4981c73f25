extension String {
  /// A file's name as somebody else gave it, to be shown and never opened: the last part of a path, on one line, without
  /// signs that a markup may take for its own; at most `limit` octets, its ending kept. Never empty.
  public func fileName(limit: Int = 100) -> String {
    fileName(limit: limit, without: Set("<>[]{}()*`|\"&~^!#:%$\\".unicodeScalars))
  }

  /// The same with the signs that its owner gave it, where no markup is read.
  public func shownFileName(limit: Int = 100) -> String { fileName(limit: limit, without: []) }

  private func fileName(limit: Int, without signs: Set<Unicode.Scalar>) -> String {
    let last = split(whereSeparator: { "/\\".contains($0) }).last.map(String.init) ?? ""
    var scalars = String.UnicodeScalarView()
    // Marks that nobody sees would have two names look alike.
    for scalar in last.singleLine(limit: .max).unicodeScalars
    where !scalar.properties.isDefaultIgnorableCodePoint {
      scalars.append(signs.contains(scalar) ? "_" : scalar)
    }
    let name = String(String(scalars).trimmingSpaces())
    if name.allSatisfy({ ". _-".contains($0) }) { return "file" }
    if name.utf8.count <= limit { return name }
    let ending = name.lastIndex(of: ".").map { name[$0...] } ?? ""
    return ending.utf8.count > 12 ? name.cut(to: limit) : name.cut(to: limit - ending.utf8.count) + ending
  }
}
