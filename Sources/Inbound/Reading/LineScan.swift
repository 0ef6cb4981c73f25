import Glibc

/// One pass over a message's lines, before it is parsed: what of it may be parsed at all. A parser makes an object of
/// each field and each part, and compares each line that could be a boundary with those that are open.
struct LineScan {
  /// Up to where the header is kept.
  private(set) var headerKept: Int
  /// Where the line stands that ends the header; the end, if none does.
  private(set) var headerEnd: Int
  /// Up to where the body is kept: the whole of it, or before the first line too many that could be a boundary.
  private(set) var end: Int
  /// False if something is not kept.
  var isComplete: Bool { headerKept == headerEnd && end == count }

  private let count: Int

  /// Bounds in octets of the header, and in lines that begin as a boundary does.
  init(_ octets: UnsafeBufferPointer<UInt8>, header: Int, boundaries: Int) {
    count = octets.count
    headerKept = octets.count
    headerEnd = octets.count
    end = octets.count
    guard let start = octets.baseAddress else { return }
    var isHeader = true
    var kept = 0
    var left = boundaries
    var place = 0
    while place < octets.count {
      let next =
        memchr(start + place, 0x0A, octets.count - place)
        .map { UnsafeRawPointer($0) - UnsafeRawPointer(start) + 1 } ?? octets.count
      if isHeader {
        if next - place == 1 || next - place == 2 && start[place] == 0x0D {
          headerEnd = place
          headerKept = min(kept, place)
          isHeader = false
        } else if next <= header {
          kept = next
        }
      } else if start[place] == 0x2D, next - place > 2, start[place + 1] == 0x2D {
        left -= 1
        if left < 0 {
          end = place
          return
        }
      }
      place = next
    }
    if isHeader { headerKept = kept == 0 ? min(octets.count, header) : kept }
  }
}
