import CGumbo
import Text

/// The one owner of a tree that the HTML parser made, of a copy of the text it points into, and of the one block of memory
/// that both parser and tree live in.
struct HTMLTree: ~Copyable {
  typealias Node = UnsafePointer<GumboNode>

  /// Octets of a tree for each of its text, more than the worst of honest texts take: `x<br>`, again and again.
  private static let octetsEach = 100

  /// A post stands in a forum's page. The parser has a way to read what stands in an element, too, but there it does not
  /// break out of drawings.
  private static let opening = Array("<!DOCTYPE html><body>".utf8)

  /// Freed with this value, once: the type cannot be copied.
  private let text: UnsafeMutableBufferPointer<CChar>
  private let memory: watchpost_html
  /// The element `html`. Valid as long as this value.
  let root: Node

  /// Why a text could not be read, and at which of its octets; 0 where that is not known.
  struct Failure: Error {
    var end: watchpost_html_end
    var offset: Int
  }

  /// - Parameter source: UTF-8 without a zero.
  init(_ source: [UInt8]) throws(Failure) {
    let page = Self.opening + source
    let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: page.count + 1)
    page.withUnsafeBytes { UnsafeMutableRawBufferPointer(copy).copyMemory(from: $0) }
    copy[page.count] = 0
    let read = watchpost_html_read(copy.baseAddress, page.count, 65_536 + page.count * Self.octetsEach)
    guard let root = read.root else {
      watchpost_html_free(read)
      copy.deallocate()
      throw Failure(end: read.end, offset: max(0, Int(read.offset) - Self.opening.count))
    }
    text = copy
    memory = read
    self.root = root
  }

  deinit {
    watchpost_html_free(memory)
    text.deallocate()
  }
}

extension UnsafePointer<GumboNode> {
  /// Whether it is an element at all, and no template, whose content is nobody's to see.
  var isElement: Bool { pointee.type == GUMBO_NODE_ELEMENT }

  /// Lower-case, with its prefix where it has one; for elements alone.
  var name: String {
    let element = pointee.v.element
    guard element.tag == GUMBO_TAG_UNKNOWN else { return String(cString: gumbo_normalized_tagname(element.tag)) }
    var piece = element.original_tag
    gumbo_tag_from_original_text(&piece)
    guard let data = piece.data else { return "" }
    return String(
      decoding: UnsafeRawBufferPointer(start: data, count: min(piece.length, 60)), as: UTF8.self
    ).lowercased()
  }

  /// Nodes within an element, in order.
  var children: [Self] {
    let list = pointee.v.element.children
    return (0..<Int(list.length)).compactMap { list.data[$0].map { Self($0.assumingMemoryBound(to: GumboNode.self)) } }
  }

  /// Where a namespace ends, HTML's or that of drawings and formulas.
  var isDrawing: Bool { pointee.v.element.tag_namespace == GUMBO_NAMESPACE_SVG }
  var isFormula: Bool { pointee.v.element.tag_namespace == GUMBO_NAMESPACE_MATHML }

  /// A copy of an attribute's value, references resolved; nil if there is none.
  subscript(attribute: String) -> String? {
    var list = pointee.v.element.attributes
    guard list.length > 0, let found = gumbo_get_attribute(&list, attribute) else { return nil }
    return String(cString: found.pointee.value)
  }

  /// Words within, of an element or a text, without scripts and styles; at most about so many octets.
  func words(limit: Int) -> String {
    var result = ""
    var rest = isElement ? children.reversed() : [self]
    while let node = rest.popLast(), result.utf8.count < limit {
      switch node.pointee.type {
      case GUMBO_NODE_TEXT, GUMBO_NODE_WHITESPACE, GUMBO_NODE_CDATA: result += String(cString: node.pointee.v.text.text)
      case GUMBO_NODE_ELEMENT: if Allowance.of(node.name) != .drop { rest += node.children.reversed() }
      default: break
      }
    }
    return result.cut(to: limit)
  }
}
