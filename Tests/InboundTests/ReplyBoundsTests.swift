import Glibc
import Testing

@testable import Inbound

/// What anybody may write to us costs no more than its length, and stops nobody (rule X3).
@Suite("Long and odd replies")
struct ReplyBoundsTests {
  /// Lines of our mails' foot, as each language has them: the sentence, the word that leads to the reply, the one that
  /// leads to the forum.
  static let feet = [
    ("Your answer will be posted in the discussion.", "Reply", "Open in the forum"),
    ("Votre réponse sera publiée dans la discussion.", "Répondre", "Ouvrir dans le forum"),
    ("Su respuesta se publicará en el debate.", "Responder", "Abrir en el foro"),
    ("Ваш ответ будет размещен в обсуждении.", "Ответить", "Открыть на форуме"),
    ("您的答复将发布在讨论中。", "回复", "在论坛中打开"),
    ("سيُنشر ردّكم في المناقشة.", "الرد", "فتح في المنتدى"),
  ]
  static let targets = [
    ("", ""), (" <mailto:reply+x@example.org>", " <https://example.org/p/1>"),
    ("<mailto:reply+x@example.org>", "<https://example.org/p/1>"), (" [2]", " [3]"),
    (" (reply+x@example.org)", " (https://example.org/p/1)"),
  ]

  @Test("X3, I4: The last line of our mail goes in each language, with its links or without", arguments: feet)
  func foot(_ sentence: String, _ reply: String, _ open: String) {
    let post = "What do you think of section three of our draft, all of you?"
    let known = SentText([post], foot: [sentence, reply, open])
    for (toReply, toPost) in Self.targets {
      for points in [" · ", " ·", "·"] {
        let line = "\(sentence) \(reply)\(toReply)\(points)\(open)\(toPost)"
        for shape in [line, "> \(line)", "\(sentence)\n\(reply)\(toReply)\(points)\(open)\(toPost)"] {
          let text = ReplyText(trimming: "Agreed.\n\n\(shape)\n", sent: known)
          #expect(text.own == "Agreed.", "\(shape)")
          _ = ReplyText(trimming: shape, sent: known)
          #expect(!known.isAll(of: "Agreed.\n\n\(shape)", titles: [], lines: []))
        }
      }
    }
  }

  static let kinds = [
    "a", "é", "я", "文", "ع", "é ", "aé", "A ", "> ", "é\n", "> é\n", "a:\n", "<", "[cid:", "&nbsp;", "\u{200B}", "·",
    "-", "é: ", "Reply · ", "https://e.co/ ", "1. ", "On 26 May 2014, ", "From: a@b.c\n", "[#1] ",
  ]

  @Test("X3: Of a line of any length its beginning is looked at", arguments: ["é", "a", "文", "é ", "a&nbsp;"])
  func longLine(_ kind: String) {
    let line = ReplyLine(String(repeating: kind, count: 400_000))
    #expect((4000...ReplyLine.longest * 2).contains(line.folded.utf8.count) && line.folded.hasPrefix(kind.prefix(1)))
    let late = ReplyLine(String(repeating: " ", count: 100_000) + "Yes.")
    #expect(!late.isBlank && late.folded == "yes.")
  }

  @Test("X3: Four times the text takes four times as long, whatever it is of", arguments: kinds)
  func linear(_ kind: String) {
    let post = "What do you think of section three of our draft, all of you?"
    let known = SentText([post], foot: ["Reply", "é", "a b c"])
    let words = SentText([String(repeating: kind, count: 300)], foot: [])
    func time(_ octets: Int) -> Double {
      let text = String(repeating: kind, count: octets / kind.utf8.count)
      let mail = message("From: bo@example.net\nContent-Type: text/plain; charset=utf-8\n\n\(text)")
      return (0..<2).map { _ in
        let start = Self.processorTime()
        _ = ReplyText(mail)
        _ = ReplyText(mail, sent: known, answering: AnsweredMail(words, names: []))
        return Self.processorTime() - start
      }.min()!
    }
    let (once, fourTimes) = (time(8000), time(32_000))
    #expect(fourTimes < once * 10, "\(once) s, then \(fourTimes) s")
  }

  /// Of this thread, in seconds.
  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  @Test("X3: More text than anybody answers and quotes is not taken apart")
  func tooLong() throws {
    let head = "From: bo@example.net\nContent-Type: text/plain; charset=utf-8\n\n"
    let answer = "Yes.\n\nOn Mon, 26 May 2014 at 10:00, Ana <a@example.org> wrote:\n"
    let long = Classification(message(head + answer + String(repeating: "> No?\n", count: 100_000)), textLimit: 1000)
    let reply = try #require(long.reply)
    #expect(reply.isTooLong && reply.elided.isEmpty && reply.own.hasPrefix("Yes.\n\nOn Mon"))
    let short = Classification(message(head + answer + String(repeating: "> No?\n", count: 1000)), textLimit: 1000)
    #expect(short.reply?.isTooLong == false && short.reply?.own == "Yes.")
  }
}
