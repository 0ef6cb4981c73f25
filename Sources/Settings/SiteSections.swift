import Forum
import Mail
import Time

/// `site`: who it is that writes.
public struct SiteSettings: SettingSection {
  /// The key in the file.
  public var name: String { "site" }
  /// What stands above the section in the sample.
  public var prose: String { "Who it is that writes to the participants." }

  /// At most 60 characters and 120 octets, so that an author's name finds room beside it in From (rule M2).
  public let title = Setting(
    "site.name", .text(maxLength: 60, maxOctets: 120), required: "BCH forum",
    """
    The forum's name as participants know it. It stands in From, behind the author's name: "Ana Paz (BCH forum)".
    """)
  /// nil: no page is served, and no mail names one (rule P1). At most 300 octets, without query, fragment or closing
  /// slash.
  public let url = Setting(
    "site.url", .optional(.webBase("one-click unsubscribe works over https only (RFC 8058)")), default: nil,
    example: "https://forum.example.org/mail",
    """
    The web address under which Watchpost's own pages are reached: one-click unsubscribe and the participants' \
    preferences. Mail clients accept one-click unsubscribe over https only. Leave it out while nothing answers there: \
    mails then name the address to stop by e-mail alone.
    """)
  /// nil: no mail names one.
  public let helpdesk = Setting(
    "site.helpdesk", .optional(.address), default: nil, example: try? Address("helpdesk@example.org"),
    "An address for participants who need help; shown at the foot of every mail.")
  /// For people of whom the forum knows none of the six (rule M7).
  public let language = Setting(
    "site.language", .choice(Language.self), default: .en,
    "The language of mails to participants of whom the forum knows no language.")
}

/// `web`: the pages that `watchpost serve` answers with.
public struct WebSettings: SettingSection {
  /// The key in the file.
  public var name: String { "web" }
  /// What stands above the section in the sample.
  public var prose: String {
    """
    The participants' own pages, which `watchpost serve` answers with under site.url. It speaks plain HTTP: a web \
    server in front of it has the certificate.
    """
  }

  /// nil: nothing is served, and no mail names a page (rule P1).
  public let listen = Setting(
    "web.listen", .optional(.listener), default: nil, example: Listener(host: "127.0.0.1", port: 8025),
    """
    Where `watchpost serve` listens. Once it is set, mails carry links to the pages: set it when `watchpost serve` runs \
    and is reached under site.url.
    """)
}

/// `mail`: the addresses that Watchpost's mails carry.
public struct MailSettings: SettingSection {
  /// The key in the file.
  public var name: String { "mail" }
  /// What stands above the section in the sample.
  public var prose: String {
    """
    The addresses in Watchpost's mails. All of them are of one domain, whose mail must come back to Watchpost; that \
    domain must be allowed to send through the relay (SPF, DKIM).
    """
  }

  /// Lower-case ASCII, at most 180 octets; an IDN stands in its A-labels.
  public let domain = Setting(
    "mail.domain", .domain, required: "forum.example.org",
    "The domain of every address that Watchpost writes: From, Reply-To and the reverse-path.")
  /// `reply` in `reply+TOKEN@domain` (rule M3). No two prefixes are alike, and none is `digest`.
  public let replyPrefix = Setting(
    "mail.reply_prefix", .prefix, default: "reply",
    "What reply addresses begin with: reply+TOKEN@domain.")
  /// `bounces` in the reverse-path (rule B1).
  public let bouncePrefix = Setting(
    "mail.bounce_prefix", .prefix, default: "bounces",
    "What the reverse-path begins with, where failure reports come back to: bounces+TOKEN@domain.")
  /// `stop` in the mailto form of `List-Unsubscribe` (rule P2).
  public let stopPrefix = Setting(
    "mail.stop_prefix", .prefix, default: "stop",
    "What unsubscribe addresses begin with: stop+TOKEN@domain.")
  /// `confirm` in the address that confirms what came in somebody's name (rules I3, I8).
  public let confirmPrefix = Setting(
    "mail.confirm_prefix", .prefix, default: "confirm",
    """
    What confirmation addresses begin with: confirm+TOKEN@domain. Who is asked whether a message is theirs answers there.
    """)
  /// `listserv` in `listserv@domain`, which takes commands (rule I8).
  public let commandPrefix = Setting(
    "mail.command_prefix", .prefix, default: "listserv",
    "The address that takes commands by mail, such as `SET name DIGEST`: listserv@domain.")
  /// The file of `SigningKeys`; others than its owner must not read it (rule X2).
  public let keys = Setting(
    "mail.keys", .path, default: "keys",
    """
    The file of the keys that sign reply addresses, reverse-paths and unsubscribe links. Only its owner may read it \
    (chmod 600). `watchpost init` makes it. Keep a copy: without it, replies to old mails are refused.
    """)
  /// Whether every mail is signed on its way (rule P2).
  public let relaySigns = Setting(
    "mail.relay_signs", .flag, default: false,
    """
    Whether the relay signs each mail with DKIM, over List-Unsubscribe and List-Unsubscribe-Post too. Mails then offer \
    to unsubscribe by one press in the mail program (RFC 8058), where pages are served under an https site.url.
    """)
  /// 10 KB to 8 MB, of a post's HTML (rule M6).
  public let postSize = Setting(
    "mail.post_size", .size(in: 10_000...8_000_000), default: 90_000,
    """
    A post longer than this is cut in mails, which say so and lead to the rest. Gmail cuts a mail at 102 KB by itself, \
    and hides what stands at its end.
    """)
  /// Off: all mails of a thread have one subject (rule M4).
  public let numbersSubjects = Setting(
    "mail.number_subjects", .flag, default: false,
    """
    Whether each post's number stands in its Subject: `[#9240] Re: …`. Gmail then shows each post as a conversation of \
    its own.
    """)
  /// nil: layouts and phrases are the built-in ones (rule M7).
  public let templates = Setting(
    "mail.templates", .optional(.path), default: nil, example: "templates",
    """
    A directory with your own layouts (instant.txt, digest.html …) and phrases (words.fr …), for all languages or in a \
    folder named after one; what is not there is taken from the built-in ones.
    """)
}

/// `forum`: where posts and watches come from.
public struct ForumSettings: SettingSection {
  /// The key in the file.
  public var name: String { "forum" }
  /// What stands above the section in the sample.
  public var prose: String { "Where posts, participants and watches come from." }

  /// `embedded`, or the name of a mapping, without path and ending.
  public let source = Setting(
    "forum.source", .name, default: "embedded",
    """
    `embedded` for the forum that comes with Watchpost, or the name of a mapping for a forum with a database of its \
    own: `django-machina` means django-machina.yaml in forum.mappings.
    """)
  /// A directory; looked at only where the source is a mapping.
  public let mappings = Setting(
    "forum.mappings", .path, default: "sources", "The directory of the mappings.")
  /// An SQLite file or a libpq URI without a password in it.
  public let database = Setting(
    "forum.database", .database, default: "forum.sqlite",
    """
    The forum's database: the embedded forum's own tables, or the one that the mapping reads. A foreign forum's is \
    opened read-only. For PostgreSQL libpq's conventions hold: sslmode, service files, ~/.pgpass.
    """)
  /// nil: replies go by the mapping's section `reply`, if it has one (rule I5). Never with the embedded forum.
  public let replyHook = Setting(
    "forum.reply_hook", .optional(.replyHook), default: nil,
    example: .web("https://forum.example.org/api/mail-replies"),
    """
    Where replies by mail are handed to the forum, in place of its mapping's section `reply`: an https address, to \
    which each is posted as signed JSON, or command: and a program, which reads it from standard input. \
    sources/Mappings.md says what comes and what is to be answered.
    """)
  /// Never printed (rule O3); `forum.hook_secret_file` may stand instead, never both in one place.
  public let hookSecret = Setting(
    "forum.hook_secret", .optional(.secret), default: nil, isSecret: true,
    """
    The secret with which what is sent to an https hook is signed. Better give forum.hook_secret_file, or \
    WATCHPOST_FORUM_HOOK_SECRET in the environment; with the secret in it, this file must be readable by its owner \
    alone (chmod 600).
    """)
  /// At most 5000 octets; line ends behind the secret are no part of it.
  public let hookSecretFile = Setting(
    "forum.hook_secret_file", .optional(.path), default: nil, example: "hook-secret",
    "A file that holds the secret and nothing else; only its owner may read it (chmod 600).")
  /// PEM; nil: the system's own store.
  public let hookAuthorities = Setting(
    "forum.hook_ca_file", .optional(.path), default: nil, example: "/etc/ssl/certs/ca-certificates.crt",
    "The certificates to check an https hook's against, in PEM, instead of the system's.")
  /// 1 second to 5 minutes.
  public let hookTimeout = Setting(
    "forum.hook_timeout", .duration(in: .seconds(1) ... .minutes(5)), default: .seconds(30),
    "How long the hook may take for one reply; it is tried again later.")
}

/// `ledger`: Watchpost's own memory.
public struct LedgerSettings: SettingSection {
  /// The key in the file.
  public var name: String { "ledger" }
  /// What stands above the section in the sample.
  public var prose: String { "Watchpost's own memory: what was decided, sent and answered." }

  /// As the forum's; the same SQLite file is refused, the same PostgreSQL database is not.
  public let database = Setting(
    "ledger.database", .database, default: "ledger.sqlite",
    """
    The ledger's database. Back it up: without it nobody knows what was sent. Keep an SQLite file on a disk of this \
    machine, not on a network file system. With PostgreSQL several machines may share it, and the work.
    """)
}

/// `jobs`: what cron starts.
public struct JobSettings: SettingSection {
  /// The key in the file.
  public var name: String { "jobs" }
  /// What stands above the section in the sample.
  public var prose: String { "What `watchpost run NAME` runs." }

  /// Of files `NAME.yaml` (`JobFile`).
  public let directory = Setting(
    "jobs.directory", .path, default: "jobs",
    "The directory of the jobs' files: `watchpost run dispatch` reads dispatch.yaml there.")
}

/// `log`: what is written to standard error.
public struct LogSettings: SettingSection {
  /// The key in the file.
  public var name: String { "log" }
  /// What stands above the section in the sample.
  public var prose: String {
    "What Watchpost writes to standard error. Under cron every line becomes a mail to you, so the default is quiet."
  }

  /// What is less important is not written. Addresses are masked above debug (rule O3).
  public let level = Setting(
    "log.level", .choice(LogLevel.self), default: .warning,
    "The least important messages that are written. Addresses are masked except at debug and trace.")
  /// Text or JSON, one line for each message either way.
  public let format = Setting(
    "log.format", .choice(LogFormat.self), default: .text,
    "text for people, json for programs: one object on each line.")
}

/// As in swift-log, from the most talkative to the quietest.
public enum LogLevel: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }
/// Lines for people, or one JSON object in each for programs.
public enum LogFormat: String, Sendable, CaseIterable { case text, json }
