/// The octets that a ``Dialogue`` wants written, in their order, from being said to being taken by whoever writes them.
///
/// Positions are offsets from the connection's first octet, whatever has been thrown away since: so a position that was
/// noted stays true, and can be compared with what the kernel has taken.
struct DialogueOutput {
  /// What is still here. Only to be appended to; see ``take(into:)`` for how it gets shorter.
  var octets: [UInt8] = []
  /// The offset of `octets`' first one.
  private var discarded = 0
  /// Up to here they were taken; never less than `discarded`.
  private var taken = 0
  /// Up to here they were announced; a dialogue says once that there is something new to write, not at every look.
  private var announced = 0

  /// The offset of the next octet that will be said.
  var end: Int { discarded + octets.count }

  /// Says a line.
  mutating func say(_ line: StaticString) {
    octets.append(contentsOf: UnsafeBufferPointer(start: line.utf8Start, count: line.utf8CodeUnitCount))
    octets.append(contentsOf: "\r\n".utf8)
  }

  /// There is something that was not taken.
  var hasRest: Bool { taken < end }

  /// There is something that was not announced.
  var hasNews: Bool { announced < end }

  /// Whether there is something that was not announced before; it is from now on.
  mutating func announce() -> Bool {
    defer { announced = end }
    return announced < end
  }

  /// Moves octets that are to be written into `buffer`.
  /// - Returns: how many.
  mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let start = taken - discarded
    let count = min(buffer.count, octets.count - start)
    guard count > 0 else { return 0 }
    octets.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + count)])) }
    taken += count
    if taken == end {
      // The room of one large message is not kept for all the small ones after it.
      let keepsRoom = octets.count <= 1 << 20
      discarded = taken
      octets.removeAll(keepingCapacity: keepsRoom)
    }
    return count
  }
}
