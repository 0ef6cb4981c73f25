import DeliveryPolicy
import Time

/// `smtp`: how to talk to the relay.
public struct SMTPSettings: SettingSection {
  /// The key in the file.
  public var name: String { "smtp" }
  /// What stands above the section in the sample.
  public var prose: String { "How to talk to the relay named in delivery.transport." }

  /// Looked at for `smtp://` relays alone; `smtps://` is TLS from the first octet.
  public let startTLS = Setting(
    "smtp.starttls", .choice(StartTLS.self), default: .automatic,
    """
    For smtp:// relays. required: the connection is encrypted and the certificate checked, or nothing is sent. \
    never: plain text. auto: required, except to a relay on this machine.
    """)
  /// What `starttls: never` needs besides, where the relay is another machine (rule S7).
  public let allowPlainText = Setting(
    "smtp.allow_plain_text", .flag, default: false,
    """
    Allows smtp.starttls: never to a relay on another machine. Mails and password then cross the network unprotected.
    """)
  /// PEM; nil: the system's own store.
  public let caFile = Setting(
    "smtp.ca_file", .optional(.path), default: nil, example: "/etc/ssl/certs/ca-certificates.crt",
    "The certificates to check the relay's against, in PEM, instead of the system's.")
  /// Looked at only where there is a user.
  public let authentication = Setting(
    "smtp.auth", .choice(SMTPAuthentication.self), default: .plain,
    """
    How to sign in where smtp.user is set. xoauth2 takes an access token as the password. none: never sign in.
    """)
  /// nil: nobody signs in.
  public let user = Setting(
    "smtp.user", .optional(.text()), default: nil, example: "watchpost",
    "The name to sign in with. Leave it out for a relay that asks for none.")
  /// Never printed (rule O3); `smtp.password_file` may stand instead, never both in one place.
  public let password = Setting(
    "smtp.password", .optional(.secret), default: nil, isSecret: true,
    """
    The password. Better give smtp.password_file, or WATCHPOST_SMTP_PASSWORD in the environment; with the password \
    in it, this file must be readable by its owner alone (chmod 600).
    """)
  /// At most 5000 octets; line ends behind the password are no part of it.
  public let passwordFile = Setting(
    "smtp.password_file", .optional(.path), default: nil, example: "smtp-password",
    "A file that holds the password and nothing else; only its owner may read it (chmod 600).")
  /// What EHLO says of us (RFC 5321 section 4.1.1.1); nil: this machine's full name, else `mail.domain`.
  public let helo = Setting(
    "smtp.helo", .optional(.greeting), default: nil, example: "watch.example.org",
    """
    The name to greet the relay with. Without it, this machine's own where that is a full one, with a dot, else \
    mail.domain.
    """)
  /// Some relays offer PIPELINING and do not keep to it; a run finds out in half a minute, each run anew.
  public let pipelining = Setting(
    "smtp.pipelining", .flag, default: true,
    """
    Sends commands together where the relay offers it (PIPELINING, RFC 2920). false: one command at a time, for relays \
    that offer it and lose commands.
    """)
  /// RFC 5321 section 4.5.3.2.1.
  public let greetingTimeout = Setting(
    "smtp.greeting_timeout", .duration(in: .seconds(5) ... .minutes(30)), default: .minutes(5),
    "How long to wait for the relay's greeting once it is reached. RFC 5321 4.5.3.2 asks for 5 minutes at least.")
  /// RFC 5321 sections 4.5.3.2.2 and 4.5.3.2.3; also for EHLO, STARTTLS and AUTH.
  public let commandTimeout = Setting(
    "smtp.command_timeout", .duration(in: .seconds(5) ... .minutes(30)), default: .minutes(5),
    "How long to wait for the answer to a command. RFC 5321 4.5.3.2 asks for 5 minutes at least.")
  /// RFC 5321 sections 4.5.3.2.4 and 4.5.3.2.5: the longer of the two.
  public let dataTimeout = Setting(
    "smtp.data_timeout", .duration(in: .seconds(5) ... .minutes(30)), default: .minutes(3),
    """
    How long the relay may take to ask for a mail's content, and then for each piece of it. RFC 5321 4.5.3.2 asks for \
    3 minutes at least.
    """)
  /// RFC 5321 section 4.5.3.2.6. What is begun must end within its lease, see `leaseNeeded(for:)`.
  public let dotTimeout = Setting(
    "smtp.dot_timeout", .duration(in: .seconds(30) ... .hours(1)), default: .minutes(10),
    """
    How long to wait for the answer to a whole mail. Who waits too short sends twice what was taken late: RFC 5321 \
    4.5.3.2 asks for 10 minutes at least. delivery.lease must be longer by a third and more.
    """)
}

/// `delivery`: how fast, how often, for how long.
public struct DeliverySettings: SettingSection {
  /// The key in the file.
  public var name: String { "delivery" }
  /// What stands above the section in the sample.
  public var prose: String { "Where mail goes, how fast, and what happens when it does not arrive." }

  /// An SMTP relay or a Maildir; by default the relay on this machine, port 25.
  public let transport = Setting(
    "delivery.transport", .transport, default: .smtp(host: "localhost", port: 25, isTLS: false),
    """
    The relay: smtp:// with STARTTLS, smtps:// with TLS from the start, or maildir: for a directory that collects \
    the mails and sends nothing.
    """)
  /// 1...200 for each process (rule S6).
  public let connections = Setting(
    "delivery.connections", .integer(in: 1...200), default: 10,
    """
    How many connections to the relay are open at once, at most. Each process has so many: while the jobs dispatch and \
    digest deliver at the same time, and on every further machine, it is as many again.
    """)
  /// 0...100,000 messages a second for each process; 0 is no limit (rule S6).
  public let rate = Setting(
    "delivery.rate", .integer(in: 0...100_000, unit: "messages a second"), default: 0,
    """
    How many messages are sent a second, at most; 0 sets no limit. Each process has this rate: where the relay's limit \
    counts, give half of it, since the jobs dispatch and digest may deliver at the same time.
    """)
  /// 0...100,000; 0 is no limit (rule S6).
  public let messagesPerConnection = Setting(
    "delivery.messages_per_connection", .integer(in: 0...100_000, unit: "messages"), default: 0,
    """
    After so many messages a connection is closed and another opened; 0 sets no limit. A relay that takes only so many \
    is noticed by itself.
    """)
  /// 1...1000 attempts; what may arrive twice after a crash (rule S5). The greater of this and four a connection holds.
  public let group = Setting(
    "delivery.group", .integer(in: 1...1000), default: 100,
    """
    How many attempts one process may have under way without a recorded outcome, and never less than four for each of \
    delivery.connections. After a crash so many mails at most may arrive twice, with the same Message-ID. Smaller is \
    slower.
    """)
  /// 15 minutes to 24 hours. A process that lives longer than its lease loses what it holds to others (rule S5).
  public let lease = Setting(
    "delivery.lease", .duration(in: .minutes(15) ... .hours(24)), default: .minutes(20),
    """
    How long a process may work on what it took from the queue; what it has not finished by then others take over. \
    It must be a third longer than smtp.dot_timeout and a minute.
    """)
  /// 1 to 20 steps of 1 minute to 2 days; the last is repeated until `give_up_after` (rule S4).
  public let retry = Setting(
    "delivery.retry", .retry,
    default: .standard,
    """
    When a refused mail is tried again: after the first failure the first time, and so on. The last is repeated. A \
    span such as 2h..4h is a time within it, by chance; to a single time up to a fifth is added, so that not all come \
    back at once.
    """)
  /// 1 hour to 30 days since the first attempt (rule S4).
  public let giveUpAfter = Setting(
    "delivery.give_up_after", .duration(in: .hours(1) ... .days(30)), default: .days(5),
    "How long a mail is tried before it expires. RFC 5321 4.5.4.1 asks for 4 to 5 days at least.")
  /// What becomes of a mail whose fate nobody knows (rule S5).
  public let uncertain = Setting(
    "delivery.uncertain", .choice(UncertainPolicy.self), default: .resend,
    """
    What becomes of a mail that was handed over when the connection or the machine died, so that nobody knows \
    whether it arrived. resend: once more, with the same Message-ID, three times at most. hold: it waits for you.
    """)
  /// 1 hour to 30 days, and shorter than `give_up_after` (rule C5).
  public let staleAfter = Setting(
    "delivery.stale_after", .duration(in: .hours(1) ... .days(30)), default: .days(1),
    """
    Immediate copies that are late by more than this, and were never tried, reach each person as one catch-up digest.
    """)
  /// 2...10,000 equal refusals by policy (rule S3).
  public let domainHold = Setting(
    "delivery.domain_hold", .integer(in: 2...10_000), default: 10,
    """
    After so many equal refusals for reasons of policy (5.7.x) from one domain, with no mail taken in between, mail to \
    that domain is held until you release it, rather than counted against its people. Three do where the domain \
    refused nothing else for more than a day.
    """)
}
