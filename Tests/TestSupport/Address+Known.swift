import Mail

/// An address that the test knows to be one.
public func address(_ text: String) -> Address {
  do {
    return try Address(text)
  } catch {
    fatalError("\(text): \(error)")
  }
}
