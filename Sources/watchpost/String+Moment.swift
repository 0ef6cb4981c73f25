import Time

extension String {
  /// A moment as somebody typed it, in UTC: a day, which is its beginning, or a time.
  /// - Parameter option: whose value it is.
  /// - Throws: `Failure` for what is none.
  func moment(of option: String) throws -> Timestamp {
    guard let moment = Timestamp(iso8601: self) else {
      throw Failure(.usage, "\(option): \"\(self)\" is no time; write 2026-06-01 or 2026-06-01T12:00:00Z")
    }
    return moment
  }
}
