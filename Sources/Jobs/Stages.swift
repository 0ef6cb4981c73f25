import Composition
import Forum
import Mailboxes
import Relay
import Tokens

/// The parts that a job's steps are made of, put together from the settings by whoever starts it.
public struct Stages: Sendable {
  /// What all of them work with.
  public var context: StageContext
  /// For `CollectStage`.
  public var collect: CollectStage.Settings
  /// For `DigestStage`.
  public var digest: DigestStage.Settings
  /// For `DeliverStage`.
  public var deliver: DeliverStage.Settings
  /// For `PruneStage`.
  public var prune: PruneStage.Settings
  /// For the stages of mail that comes in.
  public var inbound: Inbound
  /// Asked for only when there is something to compose.
  public var composer: @Sendable () throws -> Composer
  /// Asked for only when there is something to send.
  public var transport: @Sendable () throws -> any Transport
  /// Asks the run to end; the transport is woken by it, the stages ask `context.isStopping`.
  public var stop: StopSignal
  /// Where runs leave word of the ledger; nil: nowhere, and a restored one is not noticed.
  public var witness: WitnessFile?
  /// Where runs keep what they have told; nil: nowhere, and every run tells all.
  public var book: RunBookFile?
  /// 0..<1; called for the jitter of retries, from the thread that delivers.
  public var random: @Sendable () -> Double

  /// Everything is given: what a setting is by default, the configuration says.
  public init(
    context: StageContext, collect: CollectStage.Settings, digest: DigestStage.Settings,
    deliver: DeliverStage.Settings, prune: PruneStage.Settings, inbound: Inbound,
    composer: @escaping @Sendable () throws -> Composer,
    transport: @escaping @Sendable () throws -> any Transport, stop: StopSignal, witness: WitnessFile? = nil,
    book: RunBookFile? = nil, random: @escaping @Sendable () -> Double
  ) {
    self.context = context
    self.collect = collect
    self.digest = digest
    self.deliver = deliver
    self.prune = prune
    self.inbound = inbound
    self.composer = composer
    self.transport = transport
    self.stop = stop
    self.witness = witness
    self.book = book
    self.random = random
  }
}

extension Stages {
  /// What mail that comes in is handled with.
  public struct Inbound: Sendable {
    /// Opened once in a run that takes mail in; nil: there is none.
    public var mailbox: @Sendable () throws -> (any Mailbox)?
    /// For `HandleStage`.
    public var handle: HandleStage.Settings
    /// For `PostStage`.
    public var post: PostStage.Settings
    /// Verify what comes back.
    public var keys: KeyRing
    /// The forum's way in; nil: it has none.
    public var poster: (any ReplyPoster)?

    /// Everything is given: what a setting is by default, the configuration says.
    public init(
      mailbox: @escaping @Sendable () throws -> (any Mailbox)?, handle: HandleStage.Settings, post: PostStage.Settings,
      keys: KeyRing, poster: (any ReplyPoster)?
    ) {
      self.mailbox = mailbox
      self.handle = handle
      self.post = post
      self.keys = keys
      self.poster = poster
    }
  }

  /// Every stage there is: those of the main job in their order, then those of mail that comes in.
  public var all: [any Stage] {
    [
      CollectStage(context, collect), FanOutStage(context.byAgreedClock),
      DigestStage(context.byAgreedClock, digest, composer: composer),
      DeliverStage(
        context, deliver, composer: composer, transport: transport, stop: stop, random: random),
      PruneStage(context, prune), ReceiveStage(context, mailbox: inbound.mailbox),
      HandleStage(context, inbound.handle, keys: inbound.keys),
      PostStage(context, inbound.post, poster: inbound.poster), ProbeStage(context),
    ]
  }

  /// What a job's file may name, in the same order.
  public static let steps: [Step] = [
    CollectStage.step, FanOutStage.step, DigestStage.step, DeliverStage.step, PruneStage.step,
    ReceiveStage.step, HandleStage.step, PostStage.step, ProbeStage.step,
  ]
}
