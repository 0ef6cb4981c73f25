import NIOCore

/// Carries octets between a connection and its ``Session``. Lives on one event loop.
final class SessionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Shared with all connections.
  private let site: CaptureSite
  /// nil before the connection is open and after it is closed.
  private var session: Session?
  /// Octets that the session has not dealt with.
  private var input = ByteBuffer()
  /// Answers that are not on the line yet: those to pipelined commands go out together.
  private var output = ByteBuffer()
  private var phase = Phase.talking
  /// What waits for its time on a slow line, in its order.
  private var line: CircularBuffer<Departure> = []

  /// What is done with octets that come.
  private enum Phase {
    case talking
    /// A late answer is due; the input waits.
    case pausing
    /// The dialogue is over or stalled: input is thrown away.
    case deaf
  }

  /// What is put on the line.
  private enum Departure {
    case octets(ByteBuffer)
    case end(isAbrupt: Bool)
  }

  init(site: CaptureSite) { self.site = site }

  /// The server speaks first.
  func channelActive(context: ChannelHandlerContext) {
    var session = Session(site: site, connection: site.openConnection())
    let step = session.greet(into: &output)
    self.session = session
    follow(step, context)
    send(context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    phase = .deaf
    if session != nil { site.closeConnection() }
    session = nil
  }

  /// Octets came; there may be several commands in them, or half of one.
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var octets = unwrapInboundIn(data)
    guard phase != .deaf else { return }
    if input.readableBytes == 0 {
      input = octets
    } else {
      // A client that never pauses leaves the buffer never empty: its front must be given back.
      if input.readerIndex > 65_536 { input.discardReadBytes() }
      input.writeBuffer(&octets)
    }
    converse(context)
  }

  func channelReadComplete(context: ChannelHandlerContext) { send(context) }

  /// A client that does not read its answers is not read either.
  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if phase == .talking { read(context.channel.isWritable, context) }
  }

  /// The connection was reset, for instance: that is the client's affair.
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  /// Lets the session work through the input.
  private func converse(_ context: ChannelHandlerContext) {
    while phase == .talking, session != nil {
      let step = session!.advance(&input, into: &output)
      if case .needsInput = step { return }
      follow(step, context)
    }
  }

  /// Does what a step of the session asks for.
  private func follow(_ step: Session.Step, _ context: ChannelHandlerContext) {
    switch step {
    case .goOn, .needsInput: return
    case .stall: phase = .deaf
    case .drop, .close:
      phase = .deaf
      send(context)
      if case .drop = step { depart(.end(isAbrupt: true), context) } else { depart(.end(isAbrupt: false), context) }
    case .pause(let milliseconds, let late):
      phase = .pausing
      send(context)
      read(false, context)
      context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) {
        self.resume(late, context)
      }
    }
  }

  /// A late answer's time has come.
  private func resume(_ late: ByteBuffer, _ context: ChannelHandlerContext) {
    guard phase == .pausing else { return }
    phase = .talking
    output.writeImmutableBuffer(late)
    converse(context)
    send(context)
    if phase != .pausing { read(true, context) }
  }

  /// Takes in octets, or lets them wait in the kernel, and so in the client.
  private func read(_ isOn: Bool, _ context: ChannelHandlerContext) {
    // It can fail only on a closed channel.
    context.channel.setOption(.autoRead, value: isOn).whenFailure { _ in }
  }

  /// Sends the answers so far.
  private func send(_ context: ChannelHandlerContext) {
    guard output.readableBytes > 0 else { return }
    let octets = output
    output = context.channel.allocator.buffer(capacity: 512)
    depart(.octets(octets), context)
  }

  /// Puts something on the line; it arrives after the line's latency, in order.
  private func depart(_ departure: Departure, _ context: ChannelHandlerContext) {
    guard site.options.latency > 0 else { return arrive(departure, context) }
    line.append(departure)
    context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(site.options.latency))) {
      if let first = self.line.popFirst() { self.arrive(first, context) }
    }
  }

  /// Something reaches the client's side of the line.
  private func arrive(_ departure: Departure, _ context: ChannelHandlerContext) {
    guard context.channel.isActive else { return }
    switch departure {
    case .octets(let octets): context.writeAndFlush(wrapOutboundOut(octets), promise: nil)
    case .end(isAbrupt: true): context.close(promise: nil)
    case .end(isAbrupt: false):
      // Unread input at a close makes the kernel send a reset, which would destroy the last answer: the client
      // closes first, or time does.
      context.close(mode: .output, promise: nil)
      context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { context.close(promise: nil) }
    }
  }
}
