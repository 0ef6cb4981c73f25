import ArgumentParser

extension ArgumentHelp {
  /// Help that names every value that may be given.
  init<Choice: RawRepresentable & CaseIterable>(_ abstract: String, oneOf: Choice.Type)
  where Choice.RawValue == String {
    self.init(abstract, valueName: Choice.allCases.map(\.rawValue).joined(separator: "|"))
  }
}
