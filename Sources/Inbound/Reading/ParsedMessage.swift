import CGMime

/// The one owner of a message that GMime parsed, and of what hangs on it; nothing of it outlives this.
final class ParsedMessage {
  private let message: UnsafeMutablePointer<GMimeMessage>

  /// GMime makes its tables once, before threads use it.
  private static let isReady: Bool = {
    g_mime_init()
    return true
  }()

  /// Nil where GMime finds no message: in nothing, or in what has no header at all.
  init?(_ octets: [UInt8]) {
    guard Self.isReady, !octets.isEmpty else { return nil }
    let stream = octets.withUnsafeBytes { buffer in
      g_mime_stream_mem_new_with_buffer(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    defer { g_object_unref(stream) }
    let parser = g_mime_parser_new_with_stream(stream)
    defer { g_object_unref(parser) }
    guard let message = g_mime_parser_construct_message(parser, nil) else { return nil }
    self.message = message
  }

  deinit { g_object_unref(message) }

  /// The message, with its header.
  var object: UnsafeMutablePointer<GMimeObject> { watchpost_gmime_object(message) }

  /// Its body, or nil.
  var body: UnsafeMutablePointer<GMimeObject>? { g_mime_message_get_mime_part(message) }
}
