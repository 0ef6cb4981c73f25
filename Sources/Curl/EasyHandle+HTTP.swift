import CCurl

/// What became of an HTTP request.
public enum HTTPExchange: Hashable, Sendable {
  /// The server's status, and what it said, cut at the limit that was given.
  case answered(status: Int, body: [UInt8])
  /// No whole answer came; libcurl's words, which may be empty, beside the result.
  case failed(CurlResult, String)
}

extension EasyHandle {
  /// One POST and its answer, waited for. No redirect is followed, nothing but HTTP is spoken, and the handle is of no
  /// further use.
  /// - Parameters:
  ///   - body: text without a NUL.
  ///   - headers: `Name: value` each; the caller vouches that no line end is in one.
  ///   - milliseconds: for all of it, the looking up of the name included.
  ///   - limit: octets of the answer that are kept; a longer one ends the exchange, and is answered as far as it came.
  public func post(
    _ body: String, to url: String, headers: [String], milliseconds: Int, limit: Int
  ) -> HTTPExchange {
    set(.url, url)
    set(.protocols, "http,https")
    set(.timeoutMilliseconds, milliseconds)
    set(.postSize, body.utf8.count)
    set(.copiedPost, body)
    // A server that wants to be asked first is waited for a whole second.
    let list = (headers + ["Expect:"]).reduce(nil as UnsafeMutablePointer<curl_slist>?) { curl_slist_append($0, $1) }
    defer { curl_slist_free_all(list) }
    watchpost_curl_set_headers(pointer, list)
    let answer = HTTPAnswer(limit: limit)
    watchpost_curl_set_pointer(pointer, CURLOPT_WRITEDATA, Unmanaged.passUnretained(answer).toOpaque())
    watchpost_curl_set_callback(pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      guard let context, let bytes else { return 0 }
      let answer = Unmanaged<HTTPAnswer>.fromOpaque(context).takeUnretainedValue()
      return answer.take(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    let result = withExtendedLifetime(answer) { CurlResult(curl_easy_perform(pointer)) }
    guard result == .ok || answer.octets.count >= limit else { return .failed(result, errorText) }
    return .answered(status: watchpost_curl_get_response_code(pointer), body: answer.octets)
  }
}

/// What came of an answer.
private final class HTTPAnswer {
  private(set) var octets: [UInt8] = []
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// - Returns: how much was taken; less than all ends the exchange.
  func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    let taken = bytes.prefix(limit - octets.count)
    octets += taken
    return taken.count
  }
}

extension EasyHandle.Option<Int> {
  /// For a whole exchange, from the name's lookup on.
  fileprivate static var timeoutMilliseconds: Self { Self(CURLOPT_TIMEOUT_MS) }
  fileprivate static var postSize: Self { Self(CURLOPT_POSTFIELDSIZE) }
}

extension EasyHandle.Option<String> {
  fileprivate static var protocols: Self { Self(CURLOPT_PROTOCOLS_STR) }
  fileprivate static var copiedPost: Self { Self(CURLOPT_COPYPOSTFIELDS) }
}
