/// What the harnesses share. A harness is a file `Fuzz/NAME.swift` with one function, `fuzz(_:)`: it gives an input to a
/// reader of hostile text, or to a writer, and requires what must hold of the result whatever the input was. Its first
/// inputs are the files in `Seeds/NAME`. `make fuzz` builds and runs it with libFuzzer, under AddressSanitizer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  fuzz(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

/// Ends the process with words if something does not hold; libFuzzer then keeps the input.
func require(
  _ holds: Bool, _ what: @autoclosure () -> String, file: StaticString = #file, line: UInt = #line
) {
  if !holds { fatalError(what(), file: file, line: line) }
}

/// The same, for what must be there.
func require<Value>(
  _ value: Value?, _ what: @autoclosure () -> String, file: StaticString = #file, line: UInt = #line
) -> Value {
  guard let value else { fatalError(what(), file: file, line: line) }
  return value
}

/// True for a text without any control character, line end or other white space than single spaces.
func isOneLine(_ text: String) -> Bool {
  text.unicodeScalars.allSatisfy {
    $0.properties.generalCategory != .control && !(0x2028...0x2029).contains($0.value)
  }
}
