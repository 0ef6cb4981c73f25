import Forum

extension Catalogue {
  /// `120 KB` or `2,4 Mo`: rounded up, in thousands, as the language writes numbers.
  /// - Parameter octets: 0 or more.
  public func size(_ octets: Int) -> String {
    let kilobytes = octets / 1000 + (octets % 1000 > 0 ? 1 : 0)
    if kilobytes < 1000 { return self[.kilobytes].filled(["count": String(kilobytes)]) }
    let tenths = kilobytes / 100 + (kilobytes % 100 > 0 ? 1 : 0)
    // Of what is large, tenths tell nobody anything.
    if tenths >= 1000 { return self[.megabytes].filled(["count": String(tenths / 10 + (tenths % 10 > 0 ? 1 : 0))]) }
    return self[.megabytes].filled(["count": "\(tenths / 10)\(language.decimalMark)\(tenths % 10)"])
  }
}

extension Language {
  /// What stands before tenths, by CLDR.
  fileprivate var decimalMark: String {
    switch self {
    case .ar, .en, .zh: "."
    case .es, .fr, .ru: ","
    }
  }
}
