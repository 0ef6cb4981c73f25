import Forum
import ForumSources
import Ledger
import Time

/// A two-week online discussion in the six UN languages, for `watchpost demo`.
struct DemoForum {
  /// A participant with what they chose.
  struct Person {
    let name: String
    let account: String
    let language: Language
    let zone: String
    let mode: Mode
    var period = DigestPeriod.daily
    var hour = 7
    var isTextOnly = false
    var style = DigestStyle.full
    var format = DigestFormat.alternative

    var address: String { account + "@example.net" }

    /// Everything is chosen: the demo shows what choices do, not what the configuration's defaults are.
    var preferences: Preferences {
      var preferences = Preferences()
      preferences.mode = mode
      preferences.language = language
      preferences.zone = zone
      preferences.digestPeriod = period
      preferences.digestHour = hour
      preferences.digestStyle = style
      preferences.digestFormat = format
      preferences.textOnly = isTextOnly
      return preferences
    }
  }

  /// Six languages, zones on both sides of the date line, and every mode, period, style and format that a digest can
  /// have.
  static let people = [
    Person(name: "Ana Paz", account: "ana.paz", language: .es, zone: "America/Lima", mode: .instant),
    Person(name: "José Luis Ibáñez", account: "jl.ibanez", language: .es, zone: "Europe/Madrid", mode: .digest),
    Person(
      name: "María Quispe", account: "m.quispe", language: .es, zone: "America/La_Paz", mode: .instant,
      isTextOnly: true),
    Person(name: "John Smith, PhD", account: "john.smith", language: .en, zone: "America/New_York", mode: .instant),
    Person(name: "Wanjiru Kamau", account: "w.kamau", language: .en, zone: "Africa/Nairobi", mode: .digest, hour: 6),
    Person(
      name: "Tama \"Tim\" Rangi", account: "tim.rangi", language: .en, zone: "Pacific/Auckland", mode: .digest,
      style: .subjects),
    Person(name: "Amélie Dubois", account: "a.dubois", language: .fr, zone: "Europe/Paris", mode: .instant),
    Person(
      name: "Koffi N’Guessan", account: "k.nguessan", language: .fr, zone: "Africa/Abidjan", mode: .digest,
      period: .weekly),
    Person(
      name: "Élodie Tremblay", account: "e.tremblay", language: .fr, zone: "America/Toronto", mode: .digest,
      format: .plain),
    Person(name: "Иван Петров", account: "i.petrov", language: .ru, zone: "Europe/Moscow", mode: .instant),
    Person(name: "Айгуль Садыкова", account: "a.sadykova", language: .ru, zone: "Asia/Almaty", mode: .digest),
    Person(name: "李伟", account: "li.wei", language: .zh, zone: "Asia/Shanghai", mode: .instant),
    Person(name: "陈晓梅", account: "chen.xm", language: .zh, zone: "Asia/Shanghai", mode: .digest, hour: 20),
    Person(name: "ليلى حداد", account: "l.haddad", language: .ar, zone: "Africa/Cairo", mode: .instant),
    Person(name: "محمد العلي", account: "m.alali", language: .ar, zone: "Asia/Riyadh", mode: .digest, format: .mime),
  ]

  /// A post before it is posted.
  struct Text {
    /// Index into `people`.
    let author: Int
    let language: String
    /// Index into `threads`.
    let thread: Int
    var format = BodyFormat.plain
    /// The earlier text that it answers.
    var answers: Int?
    let body: String
  }

  /// Their titles; the third shows that a title may be in several scripts at once.
  static let threads = [
    "Experience with environmental risk assessment of living modified organisms",
    "Evaluación de riesgos: orientación para casos específicos",
    "Socio-economic considerations / Considérations socio-économiques / 社会经济因素",
  ]

  /// In the order in which they are posted. Quotations, lists, links, a script that must vanish and lines from right to
  /// left are in them, so that a look at the mails shows how each is carried.
  static let texts = [
    Text(
      author: 3, language: "en", thread: 0,
      body: """
        Dear colleagues,

        Welcome to this online discussion. It is open for two weeks. Please share your practical experience with the \
        guidance on risk assessment: what worked, what did not, and where more detail is needed.

        You may write in any of the six official languages.

        John Smith, moderator
        """),
    Text(
      author: 0, language: "es", thread: 0, answers: 0,
      body: """
        Estimado moderador:

        En nuestro país aplicamos la orientación en tres solicitudes durante el último año. La hoja de ruta fue muy \
        útil; sin embargo, faltan ejemplos sobre la flora silvestre emparentada en centros de origen.

        Saludos cordiales,
        Ana Paz
        """),
    Text(
      author: 6, language: "fr", thread: 0, format: .markdown, answers: 0,
      body: """
        Merci pour cette introduction. Trois points me paraissent **essentiels** :

        1. la disponibilité de données de référence ;
        2. la formation des évaluateurs ;
        3. l'accès aux laboratoires ([liste du réseau](https://example.org/laboratoires)).

        > Where is more detail needed?

        À mon avis, sur la surveillance après la mise en circulation.
        """),
    Text(
      author: 9, language: "ru", thread: 0, answers: 1,
      body: """
        Уважаемые коллеги!

        Поддерживаю предложение Аны. В нашей практике отсутствие исходных данных о диких родственниках культурных \
        растений также было основной трудностью. Мы готовы поделиться методикой полевых наблюдений.

        С уважением,
        Иван Петров
        """),
    Text(
      author: 11, language: "zh", thread: 0, answers: 0,
      body: """
        各位同事：

        感谢主持人。我国在风险评估中采用逐案原则，并建立了专家库和数据库。我们的经验表明，与利益相关方的早期沟通可以明显提高评估质量。

        李伟
        """),
    Text(
      author: 13, language: "ar", thread: 0, format: .html, answers: 2,
      body: """
        <p>الزملاء الأعزاء،</p><p>نشكر السيدة <b>Amélie Dubois</b> على ملاحظاتها. نواجه في منطقتنا صعوبة في الوصول إلى \
        المختبرات المعتمدة، ونقترح إنشاء <a href="https://example.org/network">شبكة إقليمية</a> لتبادل الخبرات.</p>\
        <script>alert("dropped")</script>
        """),
    Text(
      author: 1, language: "es", thread: 1,
      body: """
        Propongo que la orientación incluya un árbol de decisiones para organismos con varias modificaciones apiladas. \
        ¿Qué opinan los demás participantes? 🌽
        """),
    Text(
      author: 4, language: "en", thread: 1, answers: 6,
      body: """
        I agree with José Luis. In Kenya a decision tree was drafted with the national committee; I can post it here \
        once it has been cleared.
        """),
    Text(
      author: 10, language: "ru", thread: 1, answers: 6,
      body: "Дерево решений полезно, но оно не должно заменять оценку в каждом отдельном случае."),
    Text(
      author: 12, language: "zh", thread: 1, answers: 7,
      body: "期待看到肯尼亚的决策树。我们也有类似的流程图，可以翻译成英文后分享。"),
    Text(
      author: 7, language: "fr", thread: 2,
      body: """
        Les considérations socio-économiques devraient tenir compte du savoir des communautés autochtones et locales. \
        En Côte d'Ivoire, des consultations villageoises précèdent toute décision.
        """),
    Text(
      author: 14, language: "ar", thread: 2, answers: 10,
      body: "نؤيد هذا الرأي. ينبغي أن تكون المشاورات جزءًا من عملية صنع القرار وليس إجراءً شكليًا."),
    Text(
      author: 2, language: "es", thread: 2, answers: 10,
      body: "De acuerdo. Además, los costos de la segregación de cosechas recaen sobre los pequeños agricultores."),
    Text(
      author: 3, language: "en", thread: 0, answers: 5,
      body: """
        Thank you all. As we come to the last days, please look at the draft summary and comment before the forum \
        closes.
        """),
  ]

  /// Days from its opening to its closing.
  private static let days: Int64 = 13
  /// A Monday at noon in UTC.
  let opensAt: Timestamp
  /// A Sunday at noon.
  var closesAt: Timestamp { opensAt + DemoForum.days * 86_400 }

  /// The last two weeks that are over: what the demo's mails lead to is not too old to be shown.
  static func opening(now: Timestamp) -> Timestamp {
    let noon = Timestamp(now.seconds / 86_400 * 86_400 + 43_200) - (days + 2) * 86_400
    return noon - Int64(noon.utcDate.weekday.isoNumber - 1) * 86_400
  }

  /// The tables of the embedded forum, as a site's own pages would write to them.
  private let writer: EmbeddedForumWriter
  /// Their keys in the forum, in the order of the static list.
  private let people: [String]
  /// Their keys, likewise.
  private let threads: [String]

  /// Makes the forum with its people and their watches, before its first post.
  init(_ writer: EmbeddedForumWriter, opensAt: Timestamp) throws {
    self.writer = writer
    self.opensAt = opensAt
    let site = "https://forum.example.org"
    let discussion = try writer.addDiscussion(
      title: "Online discussion on risk assessment", slug: "risk-assessment", url: "\(site)/risk-assessment",
      opensAt: opensAt, closesAt: opensAt + DemoForum.days * 86_400)
    // Two threads have a theme and one has none, for the mails say where a post stands.
    let theme = try writer.addTheme(discussion: discussion, title: "Theme 1: guidance in practice")
    threads = try DemoForum.threads.enumerated().map { index, title in
      try writer.addThread(
        discussion: discussion, title: title, theme: index < 2 ? theme : nil,
        url: "\(site)/risk-assessment/\(index + 1)")
    }
    people = try DemoForum.people.map { person in
      try writer.addParticipant(
        ParticipantDraft(name: person.name, address: person.address, preferences: person.preferences))
    }
    for (index, person) in people.enumerated() {
      // Every third watches the whole discussion, the others its threads; one mutes a thread.
      let watch = Watch(scope: index % 3 == 0 ? .discussion : .thread, since: opensAt)
      let targets = index % 3 == 0 ? [discussion] : threads
      for target in targets { try writer.put(watch, target: target, participant: person, now: opensAt) }
    }
    try writer.put(
      Watch(scope: .thread, isMute: true, since: opensAt), target: threads[2], participant: people[9],
      now: opensAt)
  }

  /// When the text of this number is posted: spread over the two weeks.
  func moment(_ index: Int) -> Timestamp {
    opensAt + 3600 + Int64(index) * (closesAt - opensAt - 2 * 86_400) / Int64(DemoForum.texts.count - 1)
  }

  /// Posts the text of this number; the forum's keys of posts are 1, 2, 3 …
  func post(_ index: Int) throws {
    let text = DemoForum.texts[index]
    try writer.addPost(
      PostDraft(
        thread: threads[text.thread], author: people[text.author], body: text.body, format: text.format,
        language: text.language, parent: text.answers.map { String($0 + 1) },
        url: "https://forum.example.org/risk-assessment/post/\(index + 1)"), at: moment(index))
  }
}
