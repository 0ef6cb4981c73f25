import CCurl
import Glibc
import Testing

@testable import Curl

@Suite("libcurl's results")
struct CurlResultTests {
  @Test("Each name is libcurl's number, and has words")
  func names() {
    let names: [(CurlResult, UInt32)] = [
      (.ok, 0), (.couldNotResolveHost, 6), (.couldNotConnect, 7), (.timedOut, 28), (.peerNotVerified, 60),
      (.tlsNotOffered, 64), (.loginDenied, 67), (.again, 81), (.authenticationFailed, 94),
    ]
    for (result, code) in names { #expect(result.code == code && !result.description.isEmpty) }
    #expect(Set(names.map { $0.0.description }).count == names.count)
  }

  @Test("What is of the trusted authorities and what of the handshake are told apart, and from all that is neither")
  func groups() {
    let authorities = [CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR]
    let handshake = [CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_CIPHER]
    for code in 0...100 as ClosedRange<UInt32> {
      let result = CurlResult(CURLcode(rawValue: code))
      #expect(result.isOfAuthorities == authorities.contains { $0.rawValue == code })
      #expect(result.isOfHandshake == handshake.contains { $0.rawValue == code })
    }
  }
}

@Suite("A connection that libcurl makes", .timeLimit(.minutes(10)))
struct ConnectionTests {
  private func handle(port: UInt16) -> EasyHandle {
    let easy = EasyHandle()
    easy.set(.url, "http://127.0.0.1:\(port)/")
    easy.set(.connectOnly, 1)
    easy.set(.connectTimeoutMilliseconds, 20_000)
    return easy
  }

  @Test("A port that nobody listens on: it ends as could not connect, says so in words, and leaves nothing to wait for")
  func closedPort() throws {
    let listener = try Listener()
    listener.stop()
    let easy = handle(port: listener.port)
    let multi = MultiHandle(easy, now: nanoseconds())
    #expect(multi.drive() == .couldNotConnect)
    #expect(easy.errorText.contains("127.0.0.1") && easy.activeSocket == nil)
    #expect(multi.watched.isEmpty && multi.timerDue == nil)
  }

  @Test("Nothing is sent, and no time is asked for but at once, before the first step")
  func notBegun() throws {
    let listener = try Listener()
    let start = nanoseconds()
    let multi = MultiHandle(handle(port: listener.port), now: start)
    #expect(multi.watched.isEmpty && multi.timerDue == start && !listener.hasClient)
    multi.close()
    #expect(multi.watched.isEmpty && multi.timerDue == nil && !listener.hasClient)
  }

  @Test("Connected, octets go both ways; nothing to read is told from the end")
  func carries() throws {
    let listener = try Listener()
    let easy = handle(port: listener.port)
    let multi = MultiHandle(easy, now: nanoseconds())
    defer { multi.close() }
    #expect(multi.drive() == .ok)
    let socket = try #require(easy.activeSocket)
    let peer = try listener.accept()
    #expect(easy.receive() == .again)
    let hello = Array("hello".utf8)
    #expect(hello.withUnsafeBytes { easy.send($0) } == .bytes(5))
    #expect(peer.read() == hello)
    #expect(peer.write(hello) == 5 && isReadable(socket) && easy.receive() == .bytes(5))
    peer.close()
    #expect(isReadable(socket) && easy.receive() == .end("the other side closed the connection"))
  }

  @Test("A handle that is not connected carries nothing, and says why")
  func notConnected() {
    let easy = EasyHandle()
    #expect(easy.activeSocket == nil)
    guard case .end(let reason) = easy.receive() else {
      Issue.record("it received")
      return
    }
    #expect(reason.hasPrefix("the connection was lost: "))
  }

  @Test("Closing twice, in either order, closes once")
  func closedTwice() throws {
    let listener = try Listener()
    let easy = handle(port: listener.port)
    let multi = MultiHandle(easy, now: nanoseconds())
    #expect(multi.drive() == .ok)
    let peer = try listener.accept()
    multi.close()
    multi.close()
    easy.close()
    #expect(peer.read() == [])
    let alone = EasyHandle()
    alone.close()
    alone.close()
  }

  @Test("A server that takes the connection and says nothing ends an SMTP connection with the time limit")
  func silent() throws {
    let listener = try Listener()
    let easy = EasyHandle()
    easy.set(.url, "smtp://127.0.0.1:\(listener.port)/localhost")
    easy.set(.connectOnly, 1)
    easy.set(.connectTimeoutMilliseconds, 50)
    let multi = MultiHandle(easy, now: nanoseconds())
    #expect(multi.drive() == .timedOut)
  }

  @Test("What a server says while libcurl speaks with it is given line by line, line ends included")
  func linesSaid() throws {
    let listener = try Listener()
    var lines: [String] = []
    let easy = EasyHandle { lines.append(String(decoding: $0, as: UTF8.self)) }
    easy.set(.url, "smtp://127.0.0.1:\(listener.port)/localhost")
    easy.set(.connectOnly, 1)
    easy.set(.connectTimeoutMilliseconds, 20_000)
    let multi = MultiHandle(easy, now: nanoseconds())
    defer { multi.close() }
    var peer: Peer?
    let result = multi.drive {
      guard peer == nil, listener.hasClient, let new = try? listener.accept() else { return }
      peer = new
      _ = new.write(Array("554 5.3.2 not here\r\n".utf8))
    }
    #expect(result != .ok && lines == ["554 5.3.2 not here\r\n"])
  }
}
