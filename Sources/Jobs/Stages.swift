import Composition
import Relay

/// The parts that a job's steps are made of, put together from the settings by whoever starts it.
public struct Stages: Sendable {
  public var context: StageContext
  public var collect: CollectStage.Settings
  public var digest: DigestStage.Settings
  public var deliver: DeliverStage.Settings
  public var prune: PruneStage.Settings
  /// Asked for only when there is something to compose.
  public var composer: @Sendable () throws -> Composer
  /// Asked for only when there is something to send.
  public var transport: @Sendable () throws -> any Transport
  public var stop: StopSignal
  public var random: @Sendable () -> Double

  public init(
    context: StageContext, collect: CollectStage.Settings, digest: DigestStage.Settings,
    deliver: DeliverStage.Settings, prune: PruneStage.Settings, composer: @escaping @Sendable () throws -> Composer,
    transport: @escaping @Sendable () throws -> any Transport, stop: StopSignal,
    random: @escaping @Sendable () -> Double
  ) {
    self.context = context
    self.collect = collect
    self.digest = digest
    self.deliver = deliver
    self.prune = prune
    self.composer = composer
    self.transport = transport
    self.stop = stop
    self.random = random
  }
}

extension Stages {
  /// Every stage there is, in the order of the main job.
  public var all: [any Stage] {
    [
      CollectStage(context, collect), FanOutStage(context), DigestStage(context, digest, composer: composer),
      DeliverStage(
        context, deliver, composer: composer, transport: transport, stop: stop, random: random),
      PruneStage(context, prune),
    ]
  }

  /// What a job's file may name, in the same order.
  public static let steps: [Step] = [
    CollectStage.step, FanOutStage.step, DigestStage.step, DeliverStage.step, PruneStage.step,
  ]
}
