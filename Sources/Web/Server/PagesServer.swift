import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// The pages behind HTTP/1.1, for a web server in front, or alone on this machine.
public struct PagesServer: Sendable {
  /// Answers; asked for anew at every visit, since it changes with the configuration.
  private let currentDesk: @Sendable () -> Desk
  var desk: Desk { currentDesk() }
  /// Where it listens.
  let host: String
  let port: Int
  /// Databases are asked on these threads: they make their callers wait.
  private let threads = NIOThreadPool(numberOfThreads: 4)
  let limits = Limits()

  /// How often one visitor may ask.
  struct Limits: Sendable {
    let pages = RateLimit(burst: 120, perMinute: 120)
    let forms = RateLimit(burst: 40, perMinute: 20)
    let links = RateLimit(burst: 30, perMinute: 2)
  }

  /// Octets of a form at most; one of ours has some 2,000.
  private static let formLimit = 32_768
  /// Seconds after which a connection that says nothing is closed.
  private static let idle = 20

  /// Why nothing can be listened on.
  public struct CannotListen: Error, CustomStringConvertible {
    /// Whether the configuration has to be changed for it: it may be another process, which ends.
    public let isMistake: Bool
    /// In words for the admin.
    public let description: String
  }

  /// Connections at once: as many as this process may have open, but for what it needs itself.
  private static var mostConnections: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
    return max(16, min(4000, Int(clamping: limit.rlim_cur) - 64))
  }

  /// - Parameters:
  ///   - host, port: an address of this machine; port 0 takes a free one.
  public init(host: String, port: Int, _ desk: @escaping @Sendable () -> Desk) {
    currentDesk = desk
    // By the name alone a server may listen on ::1 and be looked for on 127.0.0.1.
    self.host = host.lowercased() == "localhost" ? "127.0.0.1" : host
    self.port = port
  }

  /// Serves until SIGTERM or SIGINT; requests under way are answered first.
  /// - Parameter listening: told the port once it takes connections.
  /// - Throws: `CannotListen`.
  public func run(listening: @escaping @Sendable (Int) -> Void) async throws {
    var log = Logger(label: "watchpost.web") { _ in SwiftLogNoOpLogHandler() }
    log.logLevel = .critical
    let application = Application(
      responder: self,
      server: .http1(
        configuration: .init(
          idleTimeout: .seconds(Int64(Self.idle)),
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 8192, maxHeaderListSize: 16_384, maxHeaderFieldCount: 100))),
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port), serverName: nil, backlog: 256, reuseAddress: true,
        availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections)),
      onServerRunning: { channel in listening(channel.localAddress?.port ?? port) },
      logger: log)
    threads.start()
    do {
      try await application.runService()
    } catch {
      try await threads.shutdownGracefully()
      throw Self.cannotListen(error)
    }
    try await threads.shutdownGracefully()
  }
}

extension PagesServer {
  private static func cannotListen(_ error: any Error) -> any Error {
    guard let error = error as? IOError else { return error }
    switch error.errnoCode {
    case EADDRINUSE: return CannotListen(isMistake: false, description: "another process listens there")
    case EADDRNOTAVAIL: return CannotListen(isMistake: true, description: "this machine has no such address")
    case EACCES, EPERM:
      return CannotListen(isMistake: true, description: "only root may: take a port above 1023, such as 127.0.0.1:8025")
    default: return CannotListen(isMistake: false, description: String(cString: strerror(error.errnoCode)))
    }
  }
}

/// A request with the address that it came from.
public struct VisitContext: RequestContext {
  public var coreContext: CoreRequestContextStorage
  let peer: SocketAddress?

  public init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    peer = source.channel.remoteAddress
  }
}

extension PagesServer: HTTPResponder {
  public typealias Context = VisitContext

  public func respond(to request: Request, context: VisitContext) async throws -> Response {
    let answer = await self.answer(to: request, context)
    var headers = HTTPFields()
    for (name, value) in PageAnswer.security + answer.headers {
      if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
    }
    // A HEAD has the headers of the GET and no body (RFC 9110 section 9.3.2).
    let body = ByteBuffer(string: answer.body)
    headers[.contentLength] = String(body.readableBytes)
    return Response(
      status: .init(code: answer.status), headers: headers,
      body: request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: body))
  }

  /// Never throws: what cannot be answered is answered so.
  private func answer(to request: Request, _ context: VisitContext) async -> PageAnswer {
    var request = request
    let desk = self.desk
    let base = desk.settings.base
    let peer = visitor(request, context)
    guard let path = segments(request.uri.path, behind: base) else {
      return desk.message(Visit(.get, [], languages: request.headers[.acceptLanguage] ?? ""), 404, .pageNotFound)
    }
    var visit = Visit(
      method(request.method), path, query: Visit.fields(request.uri.query ?? ""),
      session: request.cookies[Desk.cookieName]?.value, languages: request.headers[.acceptLanguage] ?? "",
      origin: request.headers[.origin], fetchSite: HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] })
    let now = Double(NIODeadline.now().uptimeNanoseconds) / 1e9
    // A stop by a mail's link is refused to nobody for what others ask behind the same address.
    let mayBePress = visit.method == .post && path.first == "u"
    guard mayBePress || limits.pages.allows(peer, now: now) else { return tooMany(visit) }
    if visit.method == .post {
      do {
        let body = try await request.collectBody(upTo: Self.formLimit)
        guard let form = Visit.form(String(buffer: body), type: request.headers[.contentType]) else {
          return desk.message(visit, 415, .pageBadValue)
        }
        visit.form = form
      } catch {
        return desk.message(visit, 413, .pageBadValue)
      }
      // Mail programs' machines press for many people: a link that is good is its own limit.
      if visit.form["List-Unsubscribe"] == nil {
        let limit = path.first == "sign-in" ? limits.links : limits.forms
        guard limit.allows(peer, now: now) else { return tooMany(visit) }
      }
    }
    let asked = visit
    do {
      return try await threads.runIfActive { try desk.answer(asked) }
    } catch {
      desk.log.error("a page could not be shown: \(error)", metadata: ["page": "\(path.first ?? "")"])
      return desk.message(asked, 503, .pageBusy).with("Retry-After", "60")
    }
  }

  private func tooMany(_ visit: Visit) -> PageAnswer {
    desk.message(visit, 429, .pageTooMany).with("Retry-After", "60")
  }

  private func method(_ method: HTTPRequest.Method) -> Visit.Method {
    switch method {
    case .get: .get
    case .head: .head
    case .post: .post
    default: .other
    }
  }

  /// The parts of a path behind the base, decoded; nil for one that is not below it, or no text.
  private func segments(_ path: String, behind base: String) -> [String]? {
    guard path.hasPrefix(base) else { return nil }
    let rest = path.dropFirst(base.count)
    guard rest.isEmpty || rest.hasPrefix("/") else { return nil }
    var segments: [String] = []
    for part in rest.split(separator: "/") {
      guard segments.count < 8, let text = part.removingPercentEncoding else { return nil }
      segments.append(text)
    }
    return segments
  }

  /// Who asks. A web server on this machine says it in the last entry that it adds (`X-Forwarded-For`); what others say
  /// is not believed. Of IPv6 addresses the network counts: one visitor has many.
  private func visitor(_ request: Request, _ context: VisitContext) -> String {
    let peer = context.peer?.ipAddress ?? ""
    guard peer.isEmpty || peer == "::1" || peer.hasPrefix("127."),
      let name = HTTPField.Name("X-Forwarded-For"), let told = request.headers[name]?.split(separator: ",").last
    else { return network(peer) }
    return network(told.filter { $0 != " " })
  }

  private func network(_ address: String) -> String {
    guard address.contains(":"), !address.contains(".") else { return String(address.prefix(64)) }
    return address.split(separator: ":", omittingEmptySubsequences: false).prefix(4).joined(separator: ":")
  }
}
