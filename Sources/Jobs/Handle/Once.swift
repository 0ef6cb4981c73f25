/// A value that is made when it is first asked for; for one thread.
final class Once<Value> {
  private var made: Value?
  private let make: () throws -> Value

  init(_ make: @escaping () throws -> Value) { self.make = make }

  /// The value; what making it throws leaves it to be made anew.
  func value() throws -> Value {
    if let made { return made }
    let value = try make()
    made = value
    return value
  }
}
