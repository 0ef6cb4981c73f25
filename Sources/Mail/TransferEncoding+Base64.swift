extension TransferEncoding {
  /// Appends octets in base64 (RFC 2045 section 6.8) in lines of 76 characters, each ended by CRLF. Octets go as they
  /// are; a text wants its line ends as CRLF first (section 6.8, last but one paragraph): use `append(text:to:)`.
  public static func base64(_ bytes: [UInt8], into output: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let characters = (bytes.count + 2) / 3 * 4
    output.append(addingCapacity: characters + (characters + 75) / 76 * 2) { span in
      span.withUnsafeMutableBufferPointer { buffer, count in
        bytes.withUnsafeBufferPointer { input in
          alphabet.withUnsafeBufferPointer { alphabet in
            var start = 0
            while start < input.count {
              let end = min(start + 57, input.count)
              count += base64(UnsafeBufferPointer(rebasing: input[start..<end]), alphabet, into: buffer, at: count)
              buffer[count] = .carriageReturn
              buffer[count + 1] = .lineFeed
              count += 2
              start = end
            }
          }
        }
      }
    }
  }

  /// RFC 2045 section 6.8, table 1; the value is the index.
  private static let alphabet: [UInt8] = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Appends octets in base64 in one piece, for an encoded word.
  static func base64Unbroken(_ bytes: some Collection<UInt8>, into output: inout [UInt8]) {
    let input = Array(bytes)
    output.append(addingCapacity: (input.count + 2) / 3 * 4) { span in
      span.withUnsafeMutableBufferPointer { buffer, count in
        input.withUnsafeBufferPointer { input in
          alphabet.withUnsafeBufferPointer { count += base64(input, $0, into: buffer, at: count) }
        }
      }
    }
  }

  /// Writes one line without its end; returns the number of characters.
  private static func base64(
    _ input: UnsafeBufferPointer<UInt8>, _ alphabet: UnsafeBufferPointer<UInt8>,
    into buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int
  ) -> Int {
    var written = start
    var index = 0
    while index + 3 <= input.count {
      let group = UInt32(input[index]) << 16 | UInt32(input[index + 1]) << 8 | UInt32(input[index + 2])
      buffer[written] = alphabet[Int(group >> 18)]
      buffer[written + 1] = alphabet[Int(group >> 12 & 63)]
      buffer[written + 2] = alphabet[Int(group >> 6 & 63)]
      buffer[written + 3] = alphabet[Int(group & 63)]
      written += 4
      index += 3
    }
    let left = input.count - index
    guard left > 0 else { return written - start }
    let group = UInt32(input[index]) << 16 | (left == 2 ? UInt32(input[index + 1]) << 8 : 0)
    buffer[written] = alphabet[Int(group >> 18)]
    buffer[written + 1] = alphabet[Int(group >> 12 & 63)]
    buffer[written + 2] = left == 2 ? alphabet[Int(group >> 6 & 63)] : .equals
    buffer[written + 3] = .equals
    return written + 4 - start
  }
}
