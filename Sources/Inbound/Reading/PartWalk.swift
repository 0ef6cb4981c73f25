import CGMime
import Glibc

/// The walk from GMime's objects to our values, within the bounds.
struct PartWalk {
  let bounds: ReadingBounds
  /// False once something was left out.
  var isComplete: Bool
  private let keepsOctets: Bool
  private var partsLeft: Int
  private var textLeft: Int
  /// Of the leaf that was read last.
  private var octets: [UInt8] = []

  init(bounds: ReadingBounds, isComplete: Bool, keepsOctets: Bool = false) {
    self.bounds = bounds
    self.isComplete = isComplete
    self.keepsOctets = keepsOctets
    partsLeft = bounds.parts
    textLeft = bounds.text
  }

  /// The fields of an object's header.
  mutating func header(of object: UnsafeMutablePointer<GMimeObject>) -> Header {
    guard let list = g_mime_object_get_header_list(object) else { return Header(fields: []) }
    var octetsLeft = bounds.header
    var fields: [Header.Field] = []
    for index in 0..<max(g_mime_header_list_get_count(list), 0) {
      guard let field = g_mime_header_list_get_header_at(list, index), let name = g_mime_header_get_name(field),
        let raw = g_mime_header_get_raw_value(field)
      else { continue }
      let size = strnlen(raw, bounds.field + 1)
      octetsLeft -= size + strnlen(name, bounds.field)
      guard size <= bounds.field, octetsLeft >= 0 else {
        isComplete = false
        continue
      }
      fields.append(Header.Field(name: String(cString: name), value: decoded(raw)))
    }
    return Header(fields: fields)
  }

  /// A raw value unfolded, its encoded words decoded.
  private func decoded(_ raw: UnsafePointer<CChar>) -> String {
    guard let unfolded = g_mime_utils_header_unfold(raw) else { return "" }
    defer { g_free(unfolded) }
    guard let text = g_mime_utils_header_decode_text(nil, unfolded) else { return "" }
    defer { g_free(text) }
    return String(cString: text).trimmedOfWhitespace
  }

  /// One part with what is in it; nil where the bounds have no room for it.
  mutating func part(_ object: UnsafeMutablePointer<GMimeObject>, depth: Int) -> Part? {
    guard depth <= bounds.depth, partsLeft > 0 else {
      isComplete = false
      return nil
    }
    partsLeft -= 1
    var part = Part(
      type: "text/plain", parameters: [:], filename: watchpost_gmime_filename(object).map { String(cString: $0) },
      isAttachment: g_mime_object_get_disposition(object).map { String(cString: $0) }?.lowercased() == "attachment",
      content: .octets(count: 0))
    if let type = g_mime_object_get_content_type(object), let name = g_mime_content_type_get_mime_type(type) {
      defer { g_free(name) }
      part.type = String(cString: name).lowercased()
    }
    for name in ["report-type", "method", "format", "delsp"] {
      if let value = g_mime_object_get_content_type_parameter(object, name) {
        part.parameters[name] = String(cString: value).lowercased()
      }
    }
    part.contentID = g_mime_object_get_content_id(object).map { String(cString: $0).lowercased() }
    octets = []
    part.content = content(of: object, type: part.type, depth: depth)
    switch part.content {
    case .text, .octets: swap(&part.octets, &octets)
    case .parts, .message: break
    }
    return part
  }

  private mutating func content(
    of object: UnsafeMutablePointer<GMimeObject>, type: String, depth: Int
  ) -> Part.Content {
    switch watchpost_gmime_kind_of(object) {
    case WATCHPOST_GMIME_MULTIPART:
      var parts: [Part] = []
      for index in 0..<max(watchpost_gmime_count(object), 0) {
        guard partsLeft > 0 else {
          isComplete = false
          break
        }
        if let child = watchpost_gmime_part(object, index), let part = part(child, depth: depth + 1) {
          parts.append(part)
        }
      }
      // Boundaries that do not fit leave everything in front of the first part.
      if parts.isEmpty, partsLeft > 0, let prologue = watchpost_gmime_prologue(object) {
        partsLeft -= 1
        let length = strnlen(prologue, textLeft)
        textLeft -= length
        let text = prologue.withMemoryRebound(to: UInt8.self, capacity: length) {
          Charset.text(UnsafeBufferPointer(start: $0, count: length), named: nil)
        }
        parts.append(
          Part(type: "text/plain", parameters: [:], filename: nil, isAttachment: false, content: .text(text)))
      }
      return .parts(parts)
    case WATCHPOST_GMIME_MESSAGE:
      guard let message = watchpost_gmime_message(object) else { return .message(Header(fields: []), []) }
      let header = header(of: watchpost_gmime_object(message))
      let body = g_mime_message_get_mime_part(message).flatMap { part($0, depth: depth + 1) }
      return .message(header, body.map { [$0] } ?? [])
    default:
      return leaf(object, type: type)
    }
  }

  /// The text of what is text or part of a report; of anything else how large it is.
  private mutating func leaf(_ object: UnsafeMutablePointer<GMimeObject>, type: String) -> Part.Content {
    let isText =
      type.hasPrefix("text/") || type.hasPrefix("message/")
      || type.hasPrefix("application/ms-tnef") == false
        && type.hasSuffix("+json")
    // Decoding it takes seconds for some megabytes, and no program has sent it for twenty years.
    if let content = watchpost_gmime_content(object),
      g_mime_data_wrapper_get_encoding(content) == GMIME_CONTENT_ENCODING_UUENCODE
    {
      let size = g_mime_data_wrapper_get_stream(content).map { Int(g_mime_stream_length($0)) } ?? 0
      isComplete = isComplete && !isText
      return isText ? .text("") : .octets(count: max(size, 0) / 4 * 3)
    }
    let memory = g_mime_stream_mem_new()
    defer { g_object_unref(memory) }
    if let content = watchpost_gmime_content(object) {
      g_mime_data_wrapper_write_to_stream(content, memory)
    }
    guard let array = watchpost_gmime_octets(memory) else { return isText ? .text("") : .octets(count: 0) }
    let count = Int(array.pointee.len)
    if keepsOctets, let data = array.pointee.data {
      octets = Array(UnsafeBufferPointer(start: data, count: count))
    }
    guard isText else { return .octets(count: count) }
    guard let data = array.pointee.data, count > 0 else { return .text("") }
    let kept = min(count, textLeft)
    if kept < count { isComplete = false }
    textLeft -= kept
    let charset = g_mime_object_get_content_type_parameter(object, "charset").map { String(cString: $0) }
    return .text(Charset.text(UnsafeBufferPointer(start: data, count: kept), named: charset))
  }
}
