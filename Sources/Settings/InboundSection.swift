import Mail
import Time

/// What becomes of files that come with replies (rule I4).
public enum AttachmentHandling: String, Sendable, CaseIterable {
  /// They are left out, and their sender is told.
  case leave
  /// Those that the other settings allow are kept and named in the post.
  case keep
}

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
  /// Kept files need a directory and an address.
  public let attachments = Setting(
    "inbound.attachments", .choice(AttachmentHandling.self), default: .leave,
    """
    What becomes of files that come with a reply. leave: they are left out, and their sender is told. keep: those of \
    an allowed kind and size are kept, and the post ends with a line for each: name, size, link. The others are told. \
    What mail programs attach by themselves, such as a signature's picture, counts as no file.
    """)
  /// nil: files are not kept.
  public let attachmentsDirectory = Setting(
    "inbound.attachments_directory", .optional(.path), default: nil, example: "attachments",
    """
    Where kept files go, under names that nobody guesses. Your web server serves this directory, and nothing else \
    does: let it list none of it, run nothing in it, and send X-Content-Type-Options: nosniff. Files stay until you \
    remove them. Watchpost makes no directory.
    """)
  /// nil: files are not kept.
  public let attachmentsURL = Setting(
    "inbound.attachments_url", .optional(.webBase("what people send is nobody else's to read")), default: nil,
    example: "https://files.example.org/forum",
    "The address under which that directory is served: best a host of its own, where nobody is signed in.")
  /// By what a file is, never by its name alone; nil: `FileKind.quiet`.
  public let attachmentTypes = Setting(
    "inbound.attachment_types", .optional(.list(of: .choice(FileKind.self))), default: nil,
    example: [.pdf, .png, .jpeg, .text],
    """
    The kinds of files that are kept, told by what is in them; all but svg, html and script, if it is left out. Those \
    three, if you allow them, are stored as .txt, so that no browser runs them. Archives, programs and documents with \
    macros are never kept.
    """)
  /// 1 KB to 30 MB of one file.
  public let attachmentSize = Setting(
    "inbound.attachment_max_size", .size(in: 1_000...30_000_000), default: 5_000_000,
    "The size of one file at the most.")
  /// 1 KB to 30 MB of a message's files together.
  public let attachmentsSize = Setting(
    "inbound.attachments_max_size", .size(in: 1_000...30_000_000), default: 15_000_000,
    "The size of all files of one reply at the most; those that come first are kept.")
  /// 1 to 50.
  public let attachmentsNumber = Setting(
    "inbound.attachments_max_number", .integer(in: 1...50, unit: "files"), default: 5,
    "How many files of one reply are kept at the most.")
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
