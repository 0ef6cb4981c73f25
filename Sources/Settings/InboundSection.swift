import Time

/// `inbound`: where mail that comes in is fetched from.
public struct InboundSettings: SettingSection {
  /// The key in the file.
  public var name: String { "inbound" }
  /// What stands above the section in the sample.
  public var prose: String {
    """
    Where mail that comes in, replies and reports of failure, is fetched from. A message is removed from its mailbox \
    only once it is recorded. The mailbox must be Watchpost's alone: everything in it is taken.
    """
  }

  /// nil: nothing is fetched, and mail comes in only by what the mail server hands over.
  public let mailbox = Setting(
    "inbound.mailbox", .optional(.mailbox), default: nil,
    example: .server(
      MailboxServer(kind: .imap, isTLS: true, user: "forum", host: "mail.example.org", port: 993, folder: nil)),
    """
    The mailbox that mail for mail.domain is delivered into: imaps:// or pop3s:// with TLS from the start, imap:// or \
    pop3:// with STARTTLS, or maildir: for a directory on this machine. What is special in user or folder is written \
    as in web addresses: %20. Without it nothing is fetched.
    """)
  /// Never printed (rule O3); `inbound.password_file` may stand instead, never both in one place.
  public let password = Setting(
    "inbound.password", .optional(.secret), default: nil, isSecret: true,
    """
    The password. Better give inbound.password_file, or WATCHPOST_INBOUND_PASSWORD in the environment; with the \
    password in it, this file must be readable by its owner alone (chmod 600).
    """)
  /// At most 5000 octets; line ends behind the password are no part of it.
  public let passwordFile = Setting(
    "inbound.password_file", .optional(.path), default: nil, example: "inbound-password",
    "A file that holds the password and nothing else; only its owner may read it (chmod 600).")
  /// nil: the one in the mailbox's address, else `INBOX`.
  public let folder = Setting(
    "inbound.folder", .optional(.text()), default: nil, example: "Forum/Incoming",
    "The folder of an IMAP mailbox, as mail programs show it, instead of one in inbound.mailbox; INBOX if none is named."
  )
  /// Looked at for servers alone.
  public let authentication = Setting(
    "inbound.auth", .choice(MailboxAuthentication.self), default: .automatic,
    """
    How to sign in. auto: in the best way that the server offers for a password. xoauth2 takes an access token as the \
    password.
    """)
  /// Looked at for `imap://` and `pop3://` alone.
  public let startTLS = Setting(
    "inbound.starttls", .choice(StartTLS.self), default: .automatic,
    """
    For imap:// and pop3:// mailboxes. required: the connection is encrypted and the certificate checked, or nothing \
    is fetched. never: plain text. auto: required, except from a server on this machine.
    """)
  /// What `starttls: never` needs besides, where the server is another machine (rule S7).
  public let allowPlainText = Setting(
    "inbound.allow_plain_text", .flag, default: false,
    """
    Allows inbound.starttls: never with a server on another machine. Mails and password then cross the network \
    unprotected.
    """)
  /// PEM; nil: the system's own store.
  public let caFile = Setting(
    "inbound.ca_file", .optional(.path), default: nil, example: "/etc/ssl/certs/ca-certificates.crt",
    "The certificates to check the mail server's against, in PEM, instead of the system's.")
  /// nil: no server's word on a message's author is believed (rule I3).
  public let authserv = Setting(
    "inbound.authserv_id", .optional(.text()), default: nil, example: "mx.forum.example.org",
    """
    The name by which your mail server signs Authentication-Results. Its word on DMARC is then needed for each reply, and is \
    enough for commands. It must remove such fields where others put its name into them.
    """)
  /// False: people hear of their post when it goes out, or has to wait.
  public let receipts = Setting(
    "inbound.receipts", .flag, default: false, "Whether people are told that their reply was posted, with its link.")
  /// 1 hour to 30 days.
  public let giveUpAfter = Setting(
    "inbound.give_up_after", .duration(in: .hours(1) ... .days(30)), default: .days(3),
    """
    How long the forum is asked again to take a reply that it fails to take, such as by a wrong statement or a program \
    that does not answer. Then the reply comes back to its author, and is not tried any more.
    """)
  /// 1 KB to 1 MB of a reply's own text.
  public let maxText = Setting(
    "inbound.max_text", .size(in: 1_000...1_000_000), default: 64_000,
    "A reply whose own text is larger comes back to its author.")
  /// 100 KB to 200 MB; one message is in memory at a time.
  public let maxSize = Setting(
    "inbound.max_size", .size(in: 100_000...200_000_000), default: 25_000_000,
    "A message that is larger than this is left in the mailbox and told, not taken in.")
  /// 5 seconds to 30 minutes.
  public let timeout = Setting(
    "inbound.timeout", .duration(in: .seconds(5) ... .minutes(30)), default: .minutes(1),
    "How long to wait for the mail server: for a connection, and whenever it says nothing.")
  /// 10 seconds to 6 hours; ends what trickles.
  public let messageTimeout = Setting(
    "inbound.message_timeout", .duration(in: .seconds(10) ... .hours(6)), default: .minutes(10),
    "How long one message may take to be fetched, however steadily it comes.")
}
