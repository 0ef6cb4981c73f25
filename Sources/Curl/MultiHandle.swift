import CCurl
import Glibc

/// Drives one easy handle without blocking; owner of a multi handle from init to `close()`.
///
/// The easy handle stays in its multi handle: taken out, `EasyHandle.send` fails. Each has a multi handle of its own,
/// because a multi handle that opens a connection first prunes the kept ones: those idle for 118 s
/// (CURLOPT_MAXAGE_CONN), and those with input waiting, which on a connection that somebody else speaks on is merely a
/// reply that was not read yet.
///
/// Not thread-safe. Moments are nanoseconds of any monotonic clock.
public final class MultiHandle {
  /// Descriptors to poll, with the events of `poll`.
  public private(set) var watched: [Int32: Int16] = [:]
  /// When `advance` is due without any event; nil: not at all.
  public private(set) var timerDue: Int64?

  private let pointer: UnsafeMutableRawPointer
  private let easy: EasyHandle
  private var now: Int64
  private var isOpen = true

  /// Takes the easy handle in; nothing is sent before the first `advance`.
  public init(_ easy: EasyHandle, now: Int64) {
    guard let pointer = curl_multi_init() else { fatalError("libcurl has no memory") }
    self.pointer = pointer
    self.easy = easy
    self.now = now
    // Ends with close(), at the latest in deinit.
    let context = Unmanaged.passUnretained(self).toOpaque()
    watchpost_curl_multi_set_socket_callback(pointer, watchSocket, context)
    watchpost_curl_multi_set_timer_callback(pointer, changeTimer, context)
    curl_multi_add_handle(pointer, easy.pointer)
    timerDue = now
  }

  deinit { close() }

  /// Closes the easy handle with it.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    curl_multi_remove_handle(pointer, easy.pointer)
    easy.close()
    curl_multi_cleanup(pointer)
    rest()
  }

  /// Goes on: `descriptor` has `events` (of `poll`), or nil when the timer is due.
  /// - Returns: how it ended, once it has.
  public func advance(_ descriptor: Int32?, _ events: Int16, now: Int64) -> CurlResult? {
    self.now = now
    var running: Int32 = 0
    if let descriptor {
      curl_multi_socket_action(pointer, descriptor, Self.mask(events), &running)
    } else {
      timerDue = nil
      curl_multi_socket_action(pointer, Self.timeout, 0, &running)
    }
    var left: Int32 = 0
    while let message = curl_multi_info_read(pointer, &left) {
      guard message.pointee.msg == CURLMSG_DONE else { continue }
      rest()
      return CurlResult(watchpost_curl_message_result(message))
    }
    return nil
  }

  /// There is nothing to wait for.
  private func rest() {
    watched = [:]
    timerDue = nil
  }

  private static let timeout: curl_socket_t = -1  // CURL_SOCKET_TIMEOUT, a macro that Swift does not import

  private static func mask(_ events: Int16) -> Int32 {
    var mask: Int32 = 0
    if events & Int16(POLLIN | POLLHUP) != 0 { mask |= Int32(CURL_CSELECT_IN) }
    if events & Int16(POLLOUT) != 0 { mask |= Int32(CURL_CSELECT_OUT) }
    if events & Int16(POLLERR | POLLNVAL) != 0 { mask |= Int32(CURL_CSELECT_ERR) }
    return mask
  }

  /// Two at most of the descriptor's events are wanted; none when libcurl lets go of it.
  fileprivate func watch(_ descriptor: Int32, _ what: Int32) {
    switch what {
    case CURL_POLL_IN: watched[descriptor] = Int16(POLLIN)
    case CURL_POLL_OUT: watched[descriptor] = Int16(POLLOUT)
    case CURL_POLL_INOUT: watched[descriptor] = Int16(POLLIN | POLLOUT)
    default: watched[descriptor] = nil
    }
  }

  /// -1 takes the timer away.
  fileprivate func setTimer(milliseconds: Int) {
    timerDue = milliseconds < 0 ? nil : now + Int64(milliseconds) * 1_000_000
  }
}

private func watchSocket(
  _: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t, _ what: Int32, _ context: UnsafeMutableRawPointer?,
  _: UnsafeMutableRawPointer?
) -> Int32 {
  if let context { Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue().watch(descriptor, what) }
  return 0
}

private func changeTimer(
  _: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  if let context {
    Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds: milliseconds)
  }
  return 0
}
