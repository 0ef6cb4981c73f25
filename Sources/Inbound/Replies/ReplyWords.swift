/// The words that `ReplyTail` knows, by matter; all of them folded (`ReplyLine.folded`).
enum ReplyWords {
  // MARK: Devices and programs

  /// A line that begins like this is a program's, if it is short and no sentence.
  static let deviceBeginnings = [
    "sent from my ", "sent from mail for", "sent from outlook", "sent from yahoo", "sent from samsung", "sent from a ",
    "sent from iphone", "sent from ipad", "sent from android", "sent from windows", "sent from mailbox",
    "sent from [mail]", "sent from the ", "sent from proton", "sent from gmail", "sent from huawei", "sent from xiaomi",
    "sent from oneplus", "sent from nokia", "sent from tutanota", "sent from blackberry", "sent from mobile",
    "sent from myma", "sent from nine", "sent from spark", "sent from email", "sent from canary", "sent from aol",
    "sent from airmail", "sent from fairmail", "sent from k-9", "sent from thunderbird", "sent from zoho",
    "sent from workspace", "sent via ", "sent with ", "sent using ", "sent on my ", "written on my ", "typed on my ",
    "from my iphone", "from my android",
    "someone from mobile", "get outlook for", "get [outlook for", "get the outlook", "get bluemail", "get yahoo mail",
    "gesendet von ", "gesendet mit ", "gesendet aus ", "gesendet über ", "gesendet vom ",
    "holen sie sich outlook", "versendet mit ",
    "envoyé de mon", "envoyé de ma", "envoyé depuis", "envoyé à partir", "envoyé avec ", "envoyé par ", "envoyé via ",
    "envoyé de proton", "envoyé de outlook", "télécharger outlook", "obtenir outlook", "obtenez outlook",
    "provenance : courrier", "enviado desde", "enviado do ", "enviado de mi", "enviado do meu", "enviado com ",
    "enviado con ", "enviado via ", "enviado vía ", "enviado a partir", "enviado pelo ",
    "enviado através", "obtener outlook", "obtenga outlook", "obter o outlook", "obtenha o outlook", "baixe o outlook",
    "inviato da", "inviato dal", "inviato con ", "inviato tramite", "ottieni outlook", "scarica outlook",
    "verzonden vanaf", "verzonden vanuit", "verzonden met ", "verstuurd vanaf", "verstuurd via", "verstuurd met",
    "outlook voor ", "download outlook", "outlook ophalen", "отправлено с ", "отправлено из ", "отправлено через ",
    "отправлено от ", "отправлено мобильн", "скачать outlook", "получить outlook", "надіслано з ", "发送自", "获取适用于",
    "下载适用于", "发自我的i", "发自我的 i", "发自我的手机", "发自我的华为", "发自我的小米", "发自我的 huawei",
    "发自我的huawei", "发自我的 galaxy", "发自我的galaxy", "发自我的三星", "发自手机", "发自网易邮箱", "发自qq", "发自 outlook", "发自 windows", "發自我的 i",
    "發自我的i", "取得 outlook", "下載 outlook",
    "iphoneから", "ipadから", "androidから", "outlook を入手", "나의 iphone", "내 iphone", "내 ipad",
    "나의 ipad", "iphone에서", "outlook 다운로드", "android용 outlook", "ios용 outlook", "iphone'umdan", "ipad'imden",
    "iphone'dan", "android için outlook", "ios için outlook", "outlook'u edinin",
    "yahoo mail'den", "gmail'den", "samsung cihazımdan", "được gửi từ", "đã gửi từ", "gửi từ", "tải outlook",
    "tải về outlook", "أرسلت من", "أُرسلت من", "مرسل من", "تم الإرسال من", "أرسل من", "مُرسل من", "تم إرساله من",
    "الحصول على outlook", "احصل على outlook", "imetumwa kutoka", "imetumwa na", "ilitumwa kutoka", "pata outlook",
    "मेरे iphone", "मेरे आईफोन", "से भेजा गया", "skickat från", "skickat med", "hämta outlook", "sendt fra",
    "sendt med", "hent outlook", "få outlook", "hanki outlook", "wysłane z ", "wysłano z ",
    "wiadomość wysłana z", "pobierz program outlook", "odesláno z ", "odesláno ze ", "získat outlook",
    "stáhnout outlook", "odoslané z ", "iphone-omról", "trimis de pe", "obțineți outlook",
    "στάλθηκε από", "απεσταλμένο από", "dikirim dari", "נשלח מ", "ส่งจาก",
  ]

  /// How a line begins and how it ends, where the verb stands at the end.
  static let deviceFrames = [
    ("von meinem ", "gesendet"), ("von meiner ", "gesendet"), ("diese nachricht wurde ", "gesendet"),
    ("diese e-mail wurde ", "gesendet"), ("von ", "iphone gesendet"), ("mit ", "gesendet"),
    ("outlook für ", "beziehen"),
    ("outlook für ", "herunterladen"), ("outlook für ", "laden"), ("从我的", "发送"), ("从我的", "发出"), ("從我的", "傳送"),
    ("從 ", "傳送"), ("从 ", "发送"), ("由 ", "发送"), ("由 ", "傳送"), ("使用 ", "发送"), ("使用 ", "傳送"), ("मेरे ", "भेजा गया"),
    ("मेरे ", "भेजा"), ("outlook ", "प्राप्त करें"), ("outlook ", "डाउनलोड करें"), ("lähetetty ", "iphonesta"),
    ("lähetetty ", "puhelimesta"), ("lähetetty ", "laitteesta"), ("elküldve ", "iphone"), ("outlook ", "を入手"),
    ("outlook ", "다운로드"), ("私の", "から送信"), ("", "から送信"), ("", "から送信されました"), ("", "에서 보냄"), ("", "에서 전송됨"),
    ("", "에서 보낸 메일"), ("", "에서 보낸 메일입니다"), ("", "cihazımdan gönderildi"), ("", "'umdan gönderildi"),
    ("", "telefonumdan gönderildi"), ("", "'dan gönderildi"), ("", "'den gönderildi"),
    ("", "uygulamasından gönderildi"),
    ("", "için outlook'u edinin"), ("", "से भेजा गया"),
  ]

  /// Whole lines of programs; what stands behind them in the line is theirs too.
  static let deviceLines = [
    "sent from my iphone", "sent from my ipad", "sent from my android", "sent from my galaxy",
    "get outlook for ios", "get outlook for android", "get outlook for mac", "sent from yahoo mail",
    "yahoo mail: search, organize, conquer", "sent with proton mail", "sent with protonmail", "sent from proton mail",
    "sent with tutanota", "sent with tuta", "sent from tuta", "secured with tuta", "envoyé de mon iphone",
    "envoyé de mon ipad", "von meinem iphone gesendet", "von meinem ipad gesendet", "enviado desde mi iphone",
    "enviado do meu iphone", "inviato da iphone", "verstuurd vanaf mijn iphone", "отправлено с iphone",
    "发自我的iphone", "发自我的 iphone", "从我的 iphone 发送", "從我的 iphone 傳送", "iphoneから送信", "나의 iphone에서 보냄",
    "iphone'umdan gönderildi", "được gửi từ iphone", "أرسلت من iphone", "skickat från min iphone",
    "sendt fra min iphone", "lähetetty iphonesta", "wysłane z iphone", "odesláno z iphone",
    "virus-free. www.avast.com", "virenfrei.www.avast.com", "sans virus.www.avast.com", "libre de virus.www.avast.com",
  ]

  /// Who speaks of somebody writes a sentence; a program's line has none.
  static let people: Set<String> = [
    "i", "we", "he", "she", "they", "ich", "wir", "je", "j'ai", "nous", "yo", "nosotros", "eu", "nós", "я", "мы", "أنا",
  ]

  /// Programs excuse themselves in the same line.
  static let excuses = ["excuse", "typo", "brevity", "kürze", "tippfehler", "erreurs", "errores", "errori", "typefout"]

  // MARK: Sign-offs

  /// How people end.
  static let signOffs = [
    "thanks", "thank you", "thankyou", "many thanks", "thx", "regards", "best", "kind regards", "kindest regards",
    "warm regards", "warmly", "with regards", "with kind", "with best", "with warm", "sincerely", "yours",
    "respectfully",
    "cheers", "all the best", "cordially", "take care", "in solidarity", "br,", "rgds", "mit freundlichen",
    "mit freundlichem", "mit besten", "mit herzlichen", "mit lieben", "viele grüße", "viele grüsse", "liebe grüße",
    "liebe grüsse", "beste grüße", "beste grüsse", "freundliche grüße", "freundliche grüsse", "schöne grüße",
    "herzliche grüße", "herzlichst", "herzlich", "grüße", "gruß", "gruss", "hochachtungsvoll", "mfg", "lg", "vg",
    "danke", "vielen dank", "cordialement", "bien cordialement", "bien à vous", "bien à toi", "amicalement",
    "salutations", "meilleures salutations", "sincères salutations", "respectueusement", "merci", "bonne journée",
    "avec mes", "je vous prie d'agréer", "veuillez agréer", "cdt", "saludos", "un saludo", "un cordial", "cordiales",
    "cordial saludo", "atentamente", "atte", "muy atentamente", "gracias", "muchas gracias", "un abrazo", "abrazos",
    "cordialmente", "atenciosamente", "abraços", "um abraço", "abs,", "obrigad", "muito obrigad", "cumprimentos",
    "com os melhores", "melhores cumprimentos", "saudações", "att,", "att.", "grato", "grata", "cordiali saluti",
    "distinti saluti", "cari saluti", "saluti", "un saluto", "un caro saluto", "grazie", "met vriendelijke",
    "vriendelijke groet", "hartelijke groet", "groet", "groeten", "mvg", "bedankt", "hoogachtend", "с уважением",
    "с наилучшими", "с благодарностью", "всего доброго", "всего наилучшего", "спасибо", "искренне ваш", "з повагою",
    "此致", "敬礼", "敬上", "祝好", "顺祝", "顺颂", "此致敬礼", "谢谢", "多谢", "致敬", "順頌", "敬頌", "謝謝", "祝您", "祝工作", "致以",
    "よろしくお願い", "宜しくお願い", "どうぞよろしく", "敬具", "以上", "감사합니다", "고맙습니다", "드림", "올림", "saygılarımla",
    "saygılarımızla", "iyi çalışmalar", "iyi günler", "teşekkür", "sevgiler", "kolay gelsin", "مع التحية", "مع تحياتي",
    "مع خالص", "تحياتي", "مع أطيب", "أطيب التحيات", "وتفضلوا", "وتقبلوا", "شكرا", "شكراً", "مع الشكر", "والسلام عليكم",
    "धन्यवाद", "सादर", "शुभकामनाओं", "भवदीय", "आपका", "asante", "ahsante", "wako", "kwa heshima", "wasalaam", "shukrani",
    "trân trọng", "thân ái", "thân mến", "cảm ơn", "xin cảm ơn", "kính", "mvh", "med vänlig", "vänliga hälsningar",
    "vänligen", "hälsningar", "hilsen", "venlig hilsen", "med venlig", "vennlig hilsen", "med vennlig", "mange hilsner",
    "hilsner", "bedste hilsner", "kh", "dbh", "tack", "tak", "takk", "terveisin", "ystävällisin", "terveiset", "kiitos",
    "pozdrawiam", "z poważaniem", "z wyrazami", "serdecznie", "dziękuję", "s pozdravem", "s přáním", "děkuji",
    "s pozdravom", "zdraví", "üdvözlettel", "tisztelettel", "köszönettel", "cu stimă", "cu respect", "mulțumesc",
    "με εκτίμηση", "φιλικά", "ευχαριστώ", "salam", "hormat kami", "terima kasih", "בברכה", "תודה", "ขอแสดงความนับถือ",
  ]

  // MARK: Contact data

  /// In front of a number.
  static let telephones = [
    "tel", "phone", "ph:", "ph.", "mob", "cell", "fax", "direct", "office:", "t:", "t.", "m:", "m.", "p:", "f:", "o:",
    "c:", "d:", "w:", "whatsapp", "tél", "téléphone", "portable", "fixe", "móvil", "movil", "celular", "teléfono",
    "telefon", "telefono", "handy", "mobil", "gsm", "tlf", "puh", "кабинет", "тел", "моб", "телефон", "факс", "电话",
    "手机", "传真", "電話", "手機", "携帯", "전화", "휴대", "팩스", "هاتف", "جوال", "ت:", "تلفون", "موبايل", "फ़ोन", "फोन",
    "दूरभाष", "मोबाइल", "simu", "điện thoại", "đt", "sđt", "di động", "cep", "+",
  ]

  /// Words of offices and organizations, where words have spaces.
  static let titles: Set<String> = [
    "manager", "director", "coordinator", "officer", "engineer", "developer", "professor", "prof", "dr", "phd", "ph",
    "president", "chair", "chairman", "chairperson", "secretary", "secretariat", "head", "lead", "senior", "assistant",
    "associate", "researcher", "scientist", "consultant", "advisor", "adviser", "analyst", "specialist", "founder",
    "focal", "negotiator", "delegate", "delegado", "delegada", "délégué", "déléguée", "ceo", "cto", "cfo", "fellow",
    "lecturer", "department", "dept", "ministry", "university", "institute",
    "institution", "college", "faculty", "centre", "center", "foundation", "agency", "authority", "commission",
    "council", "division", "unit", "inc", "ltd", "llc", "gmbh", "corp", "corporation", "company", "limited", "plc",
    "leiter", "leiterin", "geschäftsführer", "geschäftsführerin", "referent", "referentin", "abteilung", "ministerium",
    "bundesministerium", "universität", "institut", "directeur", "directrice", "chef", "cheffe", "responsable",
    "chargé", "chargée", "ministère", "université", "professeur", "ingénieur", "ingénieure", "chercheur", "chercheuse",
    "directora", "coordinador", "coordinadora", "jefe", "jefa", "ministerio", "universidad", "instituto", "profesor",
    "profesora", "investigador", "investigadora", "ingeniero", "ingeniera", "gerente", "diretor", "diretora",
    "coordenador", "coordenadora", "ministério", "universidade", "pesquisador", "pesquisadora", "engenheiro",
    "engenheira", "direttore", "direttrice", "responsabile", "ministero", "università", "istituto", "ricercatore",
    "ricercatrice", "ingegnere", "medewerker", "adviseur", "hoofd", "ministerie", "universiteit", "afdeling",
    "директор", "начальник", "менеджер", "специалист", "инженер", "профессор", "доцент", "научный", "министерство",
    "университет", "институт", "отдел", "руководитель", "müdür", "müdürü", "uzman", "uzmanı", "bakanlığı",
    "üniversitesi", "enstitüsü", "doç", "koordinatör", "mkurugenzi", "afisa", "wizara", "chuo", "meneja", "profesa",
    "giám", "trưởng", "viện", "bộ", "chef", "direktör", "handläggare", "universitet", "universitetet", "leder",
    "seniorrådgiver", "direktør", "yliopisto", "kierownik", "dyrektor", "uniwersytet", "ředitel", "univerzita",
    "rue", "street", "avenue", "road", "straße", "strasse", "calle", "suite", "p.o", "box", "bp",
  ]

  /// The same in scripts that are searched as they stand.
  static let wideTitles = [
    "经理", "主任", "教授", "博士", "研究员", "工程师", "大学", "研究所", "研究院", "有限公司", "部长", "处长", "经理", "總監", "總經理", "株式会社",
    "部長", "課長", "大学院", "研究員", "教授", "財団法人", "연구원", "교수", "박사", "대학교", "부장", "과장", "팀장", "주식회사", "매니저", "مدير",
    "رئيس", "أستاذ", "دكتور", "وزارة", "جامعة", "معهد", "مهندس", "باحث", "निदेशक", "प्रबंधक", "प्रोफेसर", "मंत्रालय", "विश्वविद्यालय",
    "संस्थान", "वैज्ञानिक", "अधिकारी", "giám đốc", "trưởng phòng", "đại học", "nghiên cứu viên",
  ]

  // MARK: Notices

  /// Above legal text.
  static let noticeHeadings: Set<String> = [
    "disclaimer", "confidentiality notice", "legal notice", "legal disclaimer", "notice", "haftungsausschluss",
    "vertraulichkeitshinweis", "avertissement", "avis de confidentialité", "aviso legal", "aviso de confidencialidad",
    "aviso de confidencialidade", "avviso di riservatezza", "免责声明", "保密声明", "免責事項", "yasal uyarı",
    "gizlilik bildirimi", "إخلاء المسؤولية", "إخلاء مسؤولية", "конфиденциальность",
  ]

  /// A paragraph that begins like this is a list's, a scanner's or a lawyer's.
  static let footBeginnings = [
    "you received this message because", "you are receiving this", "you're receiving this", "to unsubscribe",
    "to stop receiving", "to post to this group", "unsubscribe here", "click here to unsubscribe",
    "reply to this email directly",
    "confidentiality notice", "confidentiality note", "privileged and confidential", "legal disclaimer",
    "disclaimer:", "think before you print", "save a tree", "save paper", "avis de confidentialité",
    "aviso de confidencialid", "aviso legal:", "vertraulichkeitshinweis", "avviso di riservatezza",
    "yasal uyarı", "免责声明", "保密声明",
  ]

  /// Words that only such feet have, whatever the length of the paragraph.
  static let footPhrases = [
    "google groups", "virus-free.www", "virus-free. www", "virenfrei.www", "virenfrei. www", "/unsubscribe",
    "before printing this", "consider the environment before",
    "checked for viruses", "scanned for viruses", "this email was scanned by", "this e-mail was scanned by",
    "this message was scanned by", "email has been scanned by", "message has been scanned by", "scanned by mimecast",
    "mailscanner",
    "avast.com", "avg.com", "avant d'imprimer", "antes de imprimir", "bevor sie diese", "prima di stampare",
    "voordat u deze", "прежде чем распечатать", "è stata verificata", "auf viren geprüft",
    "auf viren überprüft", "yazdırmadan önce",
  ]

  /// Words of lists' feet; enough below a rule.
  static let listPhrases = [
    "mailing list", "listinfo", "unsubscribe", "mailman", "abmelden", "désabonner", "darse de baja",
  ]

  /// Words of legal text; a paragraph with one of them is that, if it is long.
  static let legalPhrases = [
    "intended recipient", "intended only for the", "intended solely for the", "solely for the use of the",
    "solely for use by the", "for the sole use of the", "the individual or entity to wh",
    "received this email in error",
    "received this e-mail in error", "received this message in error", "received this communication in error",
    "received this transmission in error", "have received it in error", "receive this in error",
    "do not necessarily reflect the views of", "not necessarily those of my employer", "nicht der richtige adressat",
    "nicht der beabsichtigte", "irrtümlich erhalten", "nicht der vorgesehene empfänger",
    "nicht der vorgesehene adressat",
    "ausschließlich für den adressaten", "ausschließlich für den empfänger", "unbefugte weitergabe dieser",
    "à l'intention exclusive", "à l'attention exclusive de", "établis à l'intention",
    "si vous n'êtes pas le destinataire", "si vous n'êtes pas destinataire", "si vous avez reçu ce message par erreur",
    "reçu ce courriel par erreur", "reçu ce message par erreur", "exclusivamente a su destinatario",
    "exclusivamente al destinatario", "si no es usted el destinatario", "si usted no es el destinatario",
    "si no es el destinatario", "ha recibido este mensaje por error", "ha recibido este correo por error",
    "recibido este mensaje por error", "se você não é o destinatário", "se não for o destinatário",
    "caso você não seja o destinatário", "recebeu esta mensagem por engano", "recebido esta mensagem por engano",
    "recebeu este e-mail por engano", "esclusivamente al destinatario", "ricevuto questo messaggio per errore",
    "ricevuto questa e-mail per errore", "non siete il destinatario", "non è il destinatario",
    "uitsluitend bestemd voor de",
    "ten onrechte ontvangen", "niet de geadresseerde", "niet de bedoelde ontvanger", "не являетесь адресатом",
    "не являетесь получателем", "получили это письмо по ошибке", "получили это сообщение по ошибке",
    "получили данное сообщение по ошибке", "предназначено только для адресата", "如果您不是", "如您不是", "如果您错误地", "若您并非",
    "误收本邮件", "误收到本邮件", "如您並非", "若您並非", "本邮件及其附件", "本電子郵件及附件", "意図された受信者", "誤って受信", "誤って本メール",
    "誤送信の場合", "本メールを誤って", "수신인이 아닌", "수신자가 아닌", "잘못 수신", "잘못 전송", "muhatabı değilseniz", "alıcısı değilseniz",
    "size yanlışlıkla", "المرسل إليه المقصود", "المستلم المقصود", "لست المرسل إليه", "لم تكن المستلم",
    "لم تكن أنت المستلم",
    "इच्छित प्राप्तकर्ता", "अभिप्रेत प्राप्तकर्ता", "गलती से प्राप्त", "không phải là người nhận", "nhận được email này do nhầm",
    "nhận được thư này do nhầm", "si mpokeaji aliyekusudiwa", "mpokeaji aliyekusudiwa", "kwa makosa tafadhali",
    "avsedda mottagaren", "den tilsigtede modtager", "tiltenkte mottaker", "adresatem niniejszej",
    "zamierzonym odbiorcą",
    "nejste zamýšleným", "nem ön a címzett",
  ]

  /// What such text says besides; two of them are enough in a text that begins with one of `legalBeginnings`.
  static let legalWords = [
    "confidential", "privileged", "vertraulich", "confidentiel", "confidenci", "riservat",
    "confidenzial",
    "vertrouwelijk", "конфиденциальн", "保密", "机密", "機密", "기밀", "gizli", "سرية", "سري", "गोपनीय", "bảo mật", "siri",
    "fortrolig", "konfidentiell", "luottamuksell", "poufn", "důvěrn", "bizalmas", "intended", "bestimmt", "destiné",
    "dirigid", "destinad", "destinat", "bestemd", "предназнач",
    "recipient", "addressee", "adressat", "empfänger", "attachment", "anhänge", "anlagen", "pièces jointes", "adjuntos",
    "anexos", "allegati", "bijlagen", "вложени", "附件", "添付", "첨부", "مرفقات", "अनुलग्नक", "đính kèm", "viambatisho",
    "delete",
    "löschen", "supprim", "elimin", "apagu", "verwijder", "удалит", "删除", "削除", "삭제", "silin", "حذف", "xóa",
  ]

  /// How legal text begins.
  static let legalBeginnings = [
    "this e-mail and any", "this email and any", "this message and any", "this e-mail message and any",
    "this email message and any", "this e-mail (including", "this email (including", "this communication",
    "this message is confidential", "this email is confidential",
    "this e-mail is confidential",
    "this message is intended", "this email is intended", "this e-mail is intended",
    "the information contained in this",
    "the contents of this e", "this transmission", "this email may contain", "this message may contain",
    "this e-mail may contain", "diese e-mail enthält", "diese nachricht enthält", "diese e-mail und",
    "der inhalt dieser e-mail", "ce message et", "ce courriel et", "ce courriel est", "ce message est confidentiel",
    "este mensaje y", "este correo electrónico y", "este correo y", "este mensaje contiene", "la información contenida",
    "este mensaje puede contener", "esta mensagem e", "este e-mail e", "esta mensagem pode conter",
    "as informações contidas", "questo messaggio e", "questa e-mail e", "le informazioni contenute", "dit bericht is",
    "deze e-mail is", "de informatie in deze", "это сообщение и", "настоящее сообщение", "данное сообщение",
    "bu e-posta", "bu mesaj", "bu ileti", "هذه الرسالة", "هذا البريد", "यह ईमेल", "यह संदेश", "email này", "thư này",
    "barua pepe hii", "ujumbe huu", "本邮件", "本电子邮件", "本郵件", "本信件", "本メール", "このメール", "이 메일", "본 메일",
    "이 이메일", "이 전자우편", "denna e-post", "denne e-mail", "denne e-post", "tämä sähköposti", "niniejsza wiadomość",
    "tento e-mail", "ez az e-mail",
  ]

  // MARK: Banners of gateways

  /// Enough by themselves.
  static let bannerSure = [
    "you don't often get email from", "learn why this is important", "aka.ms/learnaboutsenderidentification",
    "this email originated from outside", "this e-mail originated from outside", "this message originated from outside",
    "email originated outside", "originated from outside of", "this message is from an external sender",
    "this email is from an external", "email is from an external source", "zjqcmqryfpfptbanner", "external email:",
    "[external email]", "[external sender]", "[external]", "external sender:", "this email came from outside",
    "this message came from outside", "this email was sent from outside", "this message was sent from outside",
    "sie erhalten nicht oft eine e-mail von", "sie erhalten nicht häufig e-mails von", "vous n'obtenez pas souvent",
    "vous ne recevez pas souvent de courriers", "vous ne recevez pas souvent d'e-mails",
    "découvrez pourquoi cela est important",
    "no suele recibir correo", "no recibe a menudo correo", "no acostumbra a recibir", "não recebe frequentemente",
    "você não costuma receber", "você não recebe emails com frequência", "non si ricevono spesso messaggi",
    "non ricevi spesso messaggi", "u ontvangt niet vaak e-mail", "du får inte ofta e-post", "du får ikke ofte",
    "не часто получаете письма", "вы нечасто получаете", "您通常不会收到来自", "您不常收到", "자주 받지 않",
    "genellikle e-posta almıyorsunuz", "sık e-posta almazsınız", "لا تتلقى رسائل بريد", "لا تتلقى بريدًا",
    "bạn không thường nhận được", "rzadko otrzymujesz", "často nedostáváte", "diese e-mail kommt von extern",
    "diese e-mail stammt von außerhalb", "diese nachricht stammt von einem externen", "externe e-mail:",
    "e-mail von einem externen absender", "ce message provient de l'extérieur",
    "ce courriel provient de l'extérieur", "remetente externo",

    "письмо от внешнего",

  ]

  /// Whom such a banner speaks of; enough together with one of `bannerWords`.
  static let bannerTopics = [
    "correo externo", "e-mail externo", "внешняя почта", "внешнее письмо", "来自外部", "外部メール", "社外からの", "組織外から", "외부 메일",
    "외부에서 발송", "외부 발신", "kurum dışından", "dış kaynaklı", "من خارج المؤسسة", "संगठन के बाहर", "nje ya shirika",
    "từ bên ngoài", "外部邮件", "外部郵件", "expéditeur externe", "remitente externo", "mittente esterno", "externe afzender",
    "внешний отправитель", "外部发件人", "مرسل خارجي", "बाहरी प्रेषक", "zewnętrzny nadawca", "externí odesílatel",
    "extern avsändare", "ekstern afsender", "ekstern avsender", "harici e-posta", "بريد خارجي", "बाहरी ईमेल",
    "barua pepe ya nje", "email bên ngoài", "wiadomość zewnętrzna", "courriel externe", "email esterna",
  ]

  /// How a banner begins; enough together with one of `bannerWords`.
  static let bannerBeginnings = [
    "caution", "warning", "external", "attention", "achtung", "vorsicht", "warnung", "attention :", "precaución",
    "advertencia", "atención", "atenção", "cuidado", "aviso", "attenzione", "let op", "waarschuwing", "внимание",
    "предупреждение", "осторожно", "注意", "警告", "提醒", "주의", "경고", "dikkat", "uyarı", "تنبيه", "تحذير", "सावधान",
    "चेतावनी", "tahadhari", "onyo", "cảnh báo", "chú ý", "varning", "advarsel", "uwaga", "upozornění", "think before",
  ]

  static let bannerWords = [
    "unless you recogni", "sender", "absender", "expéditeur", "remitente", "remetente", "mittente", "afzender",
    "отправител", "发件人", "寄件", "送信者", "보낸 사람", "발신자", "gönderen", "المرسل", "प्रेषक", "người gửi", "avsändare",
    "do not click", "don't click", "click links", "links or", "attachments", "anhänge", "links",
    "liens", "pièces jointes", "enlaces", "adjuntos", "anexos", "allegati", "bijlagen", "ссылк", "вложени", "链接",
    "附件", "リンク", "添付", "링크", "첨부", "bağlantı", "ekleri", "روابط", "المرفقات", "लिंक", "अनुलग्नक",
    "viungo", "liên kết", "đính kèm", "länkar", "bilagor", "odkazy", "linki", "załącznik",
  ]
}
