// Capture: a mail server that delivers nothing.
//
// What it does: the server behind `watchpost capture`, and the double of a relay in the tests. It speaks SMTP (RFC 5321
// with PIPELINING, SIZE, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES and, if asked, AUTH), keeps every message that it
// accepts in memory, in a Maildir or both, and goes wrong on purpose where a `Fault` says so. It is strict, so that a
// sender's mistake shows in the tests and not at a relay: a line that ends in a bare LF, a line that is too long, a
// parameter that was not offered, a command out of turn are refused. Only CRLF.CRLF ends a message (the advice on SMTP
// smuggling).
//
// What it refuses: to listen anywhere but on a loopback address unless told to. It sends nothing to anybody, and checks
// no password: AUTH succeeds with any.
//
// When it fails: an address that cannot be had, or a Maildir that cannot be made, ends `start` with a `CaptureError`; a
// message that cannot be written is answered `452 4.3.1` and counted; whatever a client sends, the other connections go
// on.

import Time

/// How a server listens, what it offers, what it keeps and what goes wrong in it.
public struct CaptureOptions: Sendable {
  /// Address or name to listen on.
  public var host = "127.0.0.1"
  /// 0...65535; 0 takes a free one.
  public var port = 0
  /// Allows addresses that other machines can reach. Off, nothing but loopback is listened on.
  public var allowsRemote = false
  /// Directory of the Maildir that accepted messages are written to, made if missing; nil for none.
  public var maildir: String?
  /// Keeps accepted messages in ``CaptureServer/received``. Off for long runs: memory would grow with every message.
  public var keepsInMemory = true
  /// What goes wrong; the first that strikes an event is the one.
  public var faults: [Fault] = []
  /// Where the chance of `rate` begins; the same seed strikes the same recipients.
  public var seed: UInt64 = 1
  /// Offers PIPELINING (RFC 2920); without it, commands that come before the last answer are refused.
  public var pipelining = true
  /// Offers SMTPUTF8 (RFC 6531).
  public var smtpUTF8 = true
  /// Offers 8BITMIME (RFC 6152).
  public var eightBitMIME = true
  /// Offers AUTH PLAIN and LOGIN, which take any credentials.
  public var auth = false
  /// Largest message in octets that is accepted, offered as SIZE (RFC 1870); nil offers no SIZE and sets no limit.
  public var size: Int? = 50_000_000
  /// Milliseconds from the arrival of a command to its answer, as a long line has them: answers to pipelined
  /// commands come together, once.
  public var latency = 0
  /// The clock of greylisting.
  public var now: @Sendable () -> Timestamp = Timestamp.systemClock
  /// Called for every accepted message, on the server's own thread: return soon.
  public var onMessage: (@Sendable (CapturedMessage) -> Void)?

  /// A server on a free port of this machine, which takes everything and goes wrong nowhere.
  public init() {}
}

/// Why a server does not start.
public enum CaptureError: Error, Hashable, CustomStringConvertible {
  /// The address can be reached from other machines, and ``CaptureOptions/allowsRemote`` is off.
  case notLoopback(host: String)
  /// The address could not be looked up or listened on.
  case cannotListen(host: String, port: Int, reason: String)
  /// A directory of the Maildir cannot be made, or a file in it not be written or read.
  case maildir(path: String, reason: String)
  /// The server was stopped while somebody waited for something to happen in it.
  case stopped

  /// One sentence for whoever started the server, without a full stop.
  public var description: String {
    switch self {
    case .notLoopback(let host):
      "\(host) can be reached from other machines; listen on 127.0.0.1, or allow remote addresses expressly"
    case .cannotListen(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
    case .maildir(let path, let reason): "cannot use the Maildir \(path): \(reason)"
    case .stopped: "the capture server was stopped"
    }
  }
}

/// A message that the server accepted.
public struct CapturedMessage: Sendable {
  /// 1 for the first message of this server.
  public let arrival: Int
  /// 1 for the first connection of this server.
  public let connection: Int
  /// 1 for the first message on its connection.
  public let order: Int
  /// The client's name in EHLO or HELO.
  public let greeting: String
  /// Reverse-path without brackets; empty for the null reverse-path.
  public let from: String
  /// Recipients without brackets, in their order; at least one.
  public let recipients: [String]
  /// Parameters of MAIL as sent: `["SIZE=4312", "BODY=8BITMIME"]`.
  public let parameters: [String]
  /// Who logged in on the connection; nil if nobody did.
  public let user: String?
  /// Content with CRLF line ends, dots unstuffed.
  public let data: [UInt8]
}

/// What happened so far.
public struct CaptureCounters: Hashable, Sendable {
  /// Connections taken, and those of them still open.
  public internal(set) var connections = 0
  /// Those of them that are open now.
  public internal(set) var openConnections = 0
  /// Messages accepted, and the octets of their contents.
  public internal(set) var messages = 0
  /// The octets of their contents, without the dots that SMTP adds.
  public internal(set) var octets = 0
  /// Answers with 5yz.
  public internal(set) var refused = 0
  /// Answers with 4yz.
  public internal(set) var deferred = 0
  /// Faults that struck.
  public internal(set) var faults = 0
  /// Messages that could not be written to the Maildir (each also in `deferred`).
  public internal(set) var writeFailures = 0
}
