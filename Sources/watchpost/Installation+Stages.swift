import Composition
import DeliveryPolicy
import Jobs
import Mail
import Relay
import Settings
import Time
import Tokens

extension Installation {
  /// - Parameter clock: another clock than the ledger's.
  /// What stages and the preview work with; its log is silent, until a run sets one.
  func context(
    stop: StopSignal = StopSignal(), now clock: (@Sendable () -> Timestamp)? = nil
  ) -> StageContext {
    StageContext(
      members: members(now: clock ?? now), clock: clock == nil ? self.clock : nil, signingKey: keys.current,
      isStopping: { stop.requested })
  }

  /// Everything that jobs are made of.
  /// Nothing is opened or asked yet: composer and transport are made by the stage that finds work for them.
  func stages(stop: StopSignal, now clock: (@Sendable () -> Timestamp)? = nil) throws -> Stages {
    return Stages(
      context: context(stop: stop, now: clock),
      collect: collectSettings,
      digest: DigestStage.Settings(
        partSize: configuration.digest.partSize, lastCall: configuration.digest.lastCall.seconds),
      deliver: deliverSettings,
      prune: PruneStage.Settings(
        answers: configuration.retention.answers.seconds, grace: configuration.retention.grace.seconds,
        raw: configuration.retention.raw.seconds, attachments: Installation.attachments(configuration)),
      inbound: inbound(stop),
      composer: composer, transport: transport, stop: stop, witness: witness,
      random: { Double.random(in: 0..<1) })
  }

  private var collectSettings: CollectStage.Settings {
    let collect = configuration.collect
    return CollectStage.Settings(
      settle: collect.settle.seconds, floodLimit: collect.floodLimit, gapExpiry: collect.gapExpiry.seconds,
      start: collect.start)
  }

  /// The step that takes up posts, to look back by.
  var collecting: CollectStage { CollectStage(context(), collectSettings) }

  /// What a run that sends goes by.
  var deliverSettings: DeliverStage.Settings {
    let delivery = configuration.delivery
    return DeliverStage.Settings(
      // Fewer than this, and connections would wait for a commit to give them work.
      group: max(delivery.group, 4 * delivery.connections), lease: delivery.lease.seconds,
      leaseMargin: leaseMargin, uncertain: delivery.uncertain, staleAfter: delivery.staleAfter.seconds,
      retry: RetrySchedule(steps: delivery.retry, lifetime: delivery.giveUpAfter), domainHold: delivery.domainHold,
      relay: relayIdentity())
  }

  /// What mail that comes in is handled with; its mailbox is opened by the stage that takes it in.
  private func inbound(_ stop: StopSignal) -> Stages.Inbound {
    let (mail, inbound) = (configuration.mail, configuration.inbound)
    return Stages.Inbound(
      mailbox: { try mailbox(isStopped: { stop.requested }) },
      handle: HandleStage.Settings(
        addresses: OurAddresses(
          domain: mail.domain, reply: mail.replyPrefix, bounce: mail.bouncePrefix, stop: mail.stopPrefix,
          confirm: mail.confirmPrefix, command: mail.commandPrefix),
        authserv: inbound.authserv, textLimit: inbound.maxText, takesReplies: poster != nil,
        attachments: attachmentRules, wordsAround: { try composer().wordsAroundPosts },
        localPart: { try composer().localPart(of: $0) }),
      post: PostStage.Settings(
        sendsReceipts: inbound.receipts, giveUpAfter: inbound.giveUpAfter.seconds,
        attachments: Installation.attachments(configuration)), keys: keys, poster: poster)
  }

  /// Which files of replies are kept; nil: none.
  private var attachmentRules: AttachmentRules? {
    let inbound = configuration.inbound
    guard inbound.attachments == .keep else { return nil }
    return AttachmentRules(
      kinds: Set(inbound.attachmentTypes ?? FileKind.quiet), fileLimit: inbound.attachmentSize,
      messageLimit: inbound.attachmentsSize,
      countLimit: inbound.attachmentsNumber)
  }

  /// Where files of replies are kept; nil: nowhere.
  static func attachments(_ configuration: Configuration) -> AttachmentStore? {
    let inbound = configuration.inbound
    guard inbound.attachments == .keep, let directory = inbound.attachmentsDirectory, let url = inbound.attachmentsURL
    else { return nil }
    return AttachmentStore(directory: directory, url: url)
  }

  /// Beside the locks: where the ledger's database is not.
  var witness: WitnessFile { Installation.witness(configuration) }

  /// The same, before there is an installation.
  static func witness(_ configuration: Configuration) -> WitnessFile {
    WitnessFile(path: witnessPath(configuration), makeName: makeLedgerName)
  }

  /// A name that no other ledger has.
  static func makeLedgerName() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in String(UInt64.random(in: .min ... .max, using: &generator), radix: 36) }.joined()
  }

  /// What is begun must end within its lease, its last answer included. The configuration sees to it that a lease, which
  /// is renewed after a quarter of it, always has so much left.
  private var leaseMargin: Int64 { configuration.smtp.dotTimeout.seconds + 60 }

  /// Writes mails, signed with the installation's keys.
  func composer() throws -> Composer { try composer(keys: keys) }

  /// Writes mails, signed with other keys.
  func composer(keys: KeyRing) throws -> Composer {
    let (site, mail) = (configuration.site, configuration.mail)
    return try Composer(
      settings: CompositionSettings(
        siteName: site.title, domain: mail.domain, replyPrefix: mail.replyPrefix, bouncePrefix: mail.bouncePrefix,
        stopPrefix: mail.stopPrefix, confirmPrefix: mail.confirmPrefix, commandPrefix: mail.commandPrefix,
        webURL: pagesURL, offersOneClick: mail.relaySigns, helpdesk: site.helpdesk,
        postLimit: mail.postSize, numbersSubjects: mail.numbersSubjects),
      templates: TemplateSet(directory: mail.templates, takesReplies: poster != nil), keys: keys)
  }
}
