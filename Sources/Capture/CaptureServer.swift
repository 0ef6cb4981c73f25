import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A running server. Whoever starts one must `stop` it.
public final class CaptureServer: Sendable {
  /// Shared by the connections, which are on one thread, and by callers, which are not.
  private let site: CaptureSite
  /// One thread: what arrives first is dealt with first, and a test is the same each time.
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel
  private let isStopped = Atomic<Bool>(false)

  private init(site: CaptureSite, group: MultiThreadedEventLoopGroup, channel: any Channel) {
    self.site = site
    self.group = group
    self.channel = channel
  }

  /// Listens, on one thread of its own. Everything that arrives is dealt with on that thread, in the order of arrival.
  ///
  /// - Throws: ``CaptureError``
  public static func start(_ options: CaptureOptions = CaptureOptions()) async throws -> CaptureServer {
    let address: SocketAddress
    do {
      address = try SocketAddress.makeAddressResolvingHost(options.host, port: options.port)
    } catch {
      throw CaptureError.cannotListen(host: options.host, port: options.port, reason: "there is no such address")
    }
    guard options.allowsRemote || address.isLoopback else { throw CaptureError.notLoopback(host: options.host) }
    let site = try CaptureSite(options)
    // Not before all else is in order: a server that does not start must leave no thread.
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // A reply is small, and waiting for more of them would cost 40 ms each.
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.maxMessagesPerRead, value: 4)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(SessionHandler(site: site))
        }
      }
    do {
      return CaptureServer(site: site, group: group, channel: try await bootstrap.bind(to: address).get())
    } catch {
      try await group.shutdownGracefully()
      throw CaptureError.cannotListen(host: options.host, port: options.port, reason: CaptureServer.words(of: error))
    }
  }

  /// Why it cannot listen, as an admin says it.
  private static func words(of error: any Error) -> String {
    guard let code = (error as? IOError)?.errnoCode else { return String(describing: error) }
    return switch code {
    case EADDRINUSE: "another program listens there already; stop it, or take another port"
    case EACCES: "this user may not; ports below 1024 are for root alone, take a larger one"
    default: String(cString: strerror(code))
    }
  }

  /// The port that it listens on.
  public var port: Int { channel.localAddress?.port ?? 0 }

  /// Closes all connections and ends the thread. What is in ``received`` stays; waiting ends with
  /// ``CaptureError/stopped``. A second call does nothing.
  public func stop() async throws {
    guard !isStopped.exchange(true, ordering: .relaxed) else { return }
    try? await channel.close()
    try await group.shutdownGracefully()
    site.log.stop()
  }

  /// The messages accepted so far, in order of arrival; empty if ``CaptureOptions/keepsInMemory`` is off.
  public var received: [CapturedMessage] { site.log.received }

  /// What has happened by now; may be asked from any thread.
  public var counters: CaptureCounters { site.log.counters }

  /// Returns as soon as so many messages have been accepted: all of them, which may be more.
  ///
  /// - Throws: ``CaptureError/stopped``, `CancellationError`
  @discardableResult
  public func messages(atLeast count: Int) async throws -> [CapturedMessage] {
    _ = try await counters { $0.messages >= count }
    return received
  }

  /// Returns as soon as the counters meet a condition; at once if they do.
  ///
  /// - Parameter isMet: called on the server's thread at every change: quick, and without effects.
  /// - Throws: ``CaptureError/stopped``, `CancellationError`
  @discardableResult
  public func counters(
    where isMet: @escaping @Sendable (CaptureCounters) -> Bool
  ) async throws -> CaptureCounters {
    try await site.log.wait(until: isMet)
  }
}

extension SocketAddress {
  /// 127.0.0.0/8 or ::1
  fileprivate var isLoopback: Bool {
    guard let text = ipAddress else { return false }
    return text == "::1" || text.hasPrefix("127.")
  }
}
