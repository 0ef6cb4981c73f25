import Composition
import Inbound
import Ledger

extension Ledger.SentVersion {
  /// What is kept of a post's text as mails have it.
  init(_ written: MailWriter.Written) {
    let words = SentText(written.texts).octets
    self.init(
      post: written.position, version: MessageIdentity.digest(of: words), words: words,
      text: TextMark(written.body).text)
  }
}
