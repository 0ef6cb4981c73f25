import Inbound
import Testing

/// What mail programs write around a quotation, in the languages in use. Every line here was written for these tests.
@Suite("Quotations in the languages and programs in use")
struct ReplyLanguageTests {
  static let introductions = [
    // English
    "On Mon, May 26, 2014 at 10:00 AM Ana Paz <ana@example.org> wrote:",
    "On Mon, 26 May 2014 10:00:00 +0200\nAna Paz <ana@example.org> wrote:",
    "On Mon, May 26, 2014 at 10:00\u{202F}AM Ana Paz (BCH forum) <\nforum@example.org> wrote:",
    "On 26/05/2014 10:00, Ana Paz wrote:", "On Monday, 26 May 2014 10:00:00 CEST you wrote:",
    "On 26 May 2014, at 10:00, Ana Paz <ana@example.org> wrote:", "On 2014-05-26 10:00, Ana Paz wrote:",
    "26 May 2014, 10:00 by ana@example.org:", "At 2014-05-26 10:00:00, \"Ana Paz\" <ana@example.org> wrote:",
    "-----Ana Paz <ana@example.org> wrote: -----",
    "On Monday, May 26th, 2014 at 10:00 AM, Ana Paz <ana@example.org> wrote:",
    "---- On Mon, 26 May 2014 10:00:00 +0200 Ana Paz <ana@example.org> wrote ----", "Ana Paz <ana@example.org> writes:",
    "Quoting Ana Paz <ana@example.org>:", "- On 2014-05-26 10:00, Ana Paz a wrote:",
    // German
    "Am Mo., 26. Mai 2014 um 10:00 Uhr schrieb Ana Paz <ana@example.org>:",
    "Am 26.05.2014 um 10:00 schrieb Ana Paz:", "Am Montag, dem 26.05.2014 um 10:00 +0200 schrieb Ana Paz:",
    "Ana Paz <ana@example.org> schrieb am Mo., 26. Mai 2014,\n10:00:", "Zitat von Ana Paz <ana@example.org>:",
    // French
    "Le lun. 26 mai 2014 à 10:00, Ana Paz <ana@example.org> a écrit :", "Le 26/05/2014 à 10:00, Ana Paz a écrit :",
    "Le lun. 26 mai 2014 à 10:00, Ana Paz <ana@example.org>\na écrit :",
    // Spanish
    "El lun, 26 may 2014 a las 10:00, Ana Paz (<ana@example.org>) escribió:",
    "El 26/5/14 a las 10:00, Ana Paz escribió:",
    // Portuguese
    "Em seg., 26 de mai. de 2014 às 10:00, Ana Paz <ana@example.org> escreveu:",
    "Às 10:00 de 26/05/2014, Ana Paz escreveu:",
    // Italian
    "Il giorno lun 26 mag 2014 alle ore 10:00 Ana Paz <ana@example.org> ha scritto:",
    "Il 26/05/2014 10:00, Ana Paz ha scritto:", "In data 26 maggio 2014 10:00:00 CEST, Ana Paz ha scritto:",
    // Dutch
    "Op ma 26 mei 2014 om 10:00 schreef Ana Paz <ana@example.org>:", "Op 26-05-14 om 10:00 schreef Ana Paz:",
    "Op 26 mei 2014 om 10:00 heeft Ana Paz <ana@example.org> het volgende geschreven:",
    // Russian, Ukrainian
    "пн, 26 мая 2014 г. в 10:00, Ana Paz <ana@example.org>:", "26.05.2014 10:00, Ana Paz пишет:",
    "26.05.2014, 10:00, \"Ana Paz\" <ana@example.org>:",
    "Понедельник, 26 мая 2014, 10:00 +03:00 от Ana Paz <ana@example.org>:",
    "пн, 26 трав. 2014 р. о 10:00 Ana Paz <ana@example.org> пише:",
    // Arabic
    "في الاثنين، 26 مايو 2014 في 10:00 ص تمت كتابة ما يلي بواسطة Ana Paz <ana@example.org>:",
    "في ٢٦‏/٥‏/٢٠١٤ ١٠:٠٠ ص، كتب Ana Paz:",
    // Chinese
    "Ana Paz <ana@example.org> 于2014年5月26日周一 10:00写道：", "在 2014年5月26日，上午10:00，Ana Paz <ana@example.org> 写道：",
    "在 2014/5/26 10:00, Ana Paz 写道:", "Ana Paz <ana@example.org> 於 2014年5月26日 週一 上午10:00寫道：",
    // Japanese
    "2014年5月26日(月) 10:00 Ana Paz <ana@example.org>:", "2014/05/26 10:00、Ana Paz <ana@example.org>のメール:",
    // Korean
    "2014년 5월 26일 (월) 오전 10:00, Ana Paz <ana@example.org>님이 작성:",
    "2014. 5. 26. 오전 10:00, Ana Paz <ana@example.org> 작성:",
    // Turkish
    "Ana Paz <ana@example.org>, 26 May 2014 Pzt, 10:00 tarihinde şunu yazdı:",
    "26.05.2014 10:00 tarihinde Ana Paz yazdı:",
    "Ana Paz <ana@example.org>, 26 May 2014 Pzt, 10:00\ntarihinde şunu yazdı:",
    // Hindi
    "सोम, 26 मई 2014 को 10:00 am बजे को Ana Paz <ana@example.org> ने लिखा:",
    // Swahili
    "Mnamo Jtt, 26 Mei 2014 saa 10:00 Ana Paz <ana@example.org> aliandika:",
    // Vietnamese
    "Vào Th 2, 26 thg 5, 2014 vào lúc 10:00 Ana Paz <ana@example.org> đã viết:", "Vào 10:00 26/05/14, Ana Paz đã viết:",
    // Scandinavian, Finnish
    "Den mån 26 maj 2014 kl 10:00 skrev Ana Paz <ana@example.org>:", "Den 2014-05-26 kl. 10:00, skrev Ana Paz:",
    "Den man. 26. maj 2014 kl. 10.00 skrev Ana Paz <ana@example.org>:",
    "man. 26. mai 2014 kl. 10:00 skrev Ana Paz <ana@example.org>:",
    "ma 26. toukok. 2014 klo 10.00 Ana Paz (ana@example.org) kirjoitti:",
    // Polish, Czech, Hungarian, Romanian, Greek, Hebrew
    "pon., 26 maj 2014 o 10:00 Ana Paz <ana@example.org> napisał(a):", "W dniu 26.05.2014 o 10:00, Ana Paz pisze:",
    "po 26. 5. 2014 v 10:00 odesílatel Ana Paz <ana@example.org> napsal:", "Dne 26.5.2014 v 10:00 Ana Paz napsal(a):",
    "Ana Paz <ana@example.org> ezt írta (időpont: 2014. máj. 26., H, 10:00):",
    "2014. 05. 26. 10:00 keltezéssel, Ana Paz írta:",
    "În lun., 26 mai 2014 la 10:00, Ana Paz <ana@example.org> a scris:",
    "Στις Δευ 26 Μαΐ 2014 στις 10:00 π.μ., ο χρήστης Ana Paz <ana@example.org> έγραψε:",
    "\u{202B}בתאריך יום ב׳, 26 במאי 2014 ב-10:00 מאת \u{202A}Ana Paz\u{202C} <\u{202A}ana@example.org\u{202C}>:\u{202C}",
    // Without a verb, in no language at all.
    "2014-05-26 10:00 GMT+02:00 Ana Paz <ana@example.org>:", "26.05.2014, 10.00, \"Ana Paz\" <ana@example.org>:",
  ]

  @Test("I4: An introduction goes with what it introduces, with and without marks", arguments: introductions)
  func introduced(_ line: String) {
    for quotation in ["\n> Was this sent?\n> It was.\n", "\n\n> Was this sent?\n", "\n\nWas this sent?\n\nIt was.\n"] {
      let reply = ReplyText(trimming: "We agree with paragraph 3.\n\n\(line)\(quotation)")
      #expect(reply.own == "We agree with paragraph 3.", "\(quotation)")
    }
    #expect(ReplyText(trimming: "\(line)\n> Was this sent?\n\nWe agree.\n").own == "We agree.")
    #expect(ReplyText(trimming: "\(line)\n> Was this sent?\n").own == "", "nothing is the person's")
  }

  static let blocks = [
    "From: Ana Paz <ana@example.org>\nSent: Monday, May 26, 2014 10:00 AM\nTo: Bo <bo@example.net>\nSubject: Re: A thread",
    "From: Ana Paz <ana@example.org>\nDate: Monday, 26 May 2014 at 10:00\nTo: Bo <bo@example.net>\nSubject: Re: A thread",
    "*From:* Ana Paz <ana@example.org>\n*Sent:* Monday, May 26, 2014 10:00 AM\n*To:* Bo <bo@example.net>\n*Subject:* Re: A thread",
    "-----Original Message-----\nFrom: Ana Paz\nSent: Monday, May 26, 2014 10:00 AM\nTo: Bo\nSubject: Re: A thread",
    "________________________________\nFrom: Ana Paz\nSent: Monday, May 26, 2014 10:00:00 AM\nTo: Bo\nSubject: Re: A thread",
    "-------- Original message --------", "------- Original Message -------",
    "Von: Ana Paz <ana@example.org>\nGesendet: Montag, 26. Mai 2014 10:00\nAn: Bo <bo@example.net>\nBetreff: AW: A thread",
    "Gesendet: Montag, 26. Mai 2014 um 10:00 Uhr\nVon: \"Ana Paz\" <ana@example.org>\nAn: bo@example.net\nBetreff: A thread",
    "-----Ursprüngliche Nachricht-----\nVon: Ana Paz",
    "De : Ana Paz <ana@example.org>\nEnvoyé : lundi 26 mai 2014 10:00\nÀ : Bo <bo@example.net>\nObjet : RE: A thread",
    "----- Mail original -----\nDe: \"Ana Paz\" <ana@example.org>\nÀ: \"Bo\" <bo@example.net>\nEnvoyé: Lundi 26 Mai 2014 10:00:00",
    "De: Ana Paz <ana@example.org>\nEnviado: lunes, 26 de mayo de 2014 10:00\nPara: Bo\nAsunto: RE: A thread",
    "De: Ana Paz <ana@example.org>\nEnviada em: segunda-feira, 26 de maio de 2014 10:00\nPara: Bo\nAssunto: RES: A thread",
    "Da: Ana Paz <ana@example.org>\nInviato: lunedì 26 maggio 2014 10:00\nA: Bo\nOggetto: R: A thread",
    "Van: Ana Paz <ana@example.org>\nVerzonden: maandag 26 mei 2014 10:00\nAan: Bo\nOnderwerp: RE: A thread",
    "От: Ana Paz <ana@example.org>\nОтправлено: 26 мая 2014 г. 10:00\nКому: Bo\nТема: RE: A thread",
    "من: Ana Paz <ana@example.org>\nتاريخ الإرسال: الاثنين، 26 مايو 2014 10:00\nإلى: Bo\nالموضوع: رد: A thread",
    "发件人: Ana Paz <ana@example.org>\n发送时间: 2014年5月26日 10:00\n收件人: Bo\n主题: 答复: A thread",
    "------------------ 原始邮件 ------------------\n发件人: \"Ana Paz\";\n发送时间: 2014年5月26日(星期一) 上午10:00",
    "------------------&nbsp;原始邮件&nbsp;------------------\n发件人:&nbsp;\"Ana Paz\"&lt;ana@example.org&gt;;",
    "差出人: Ana Paz <ana@example.org>\n送信日時: 2014年5月26日 10:00\n宛先: Bo\n件名: Re: A thread",
    "보낸 사람: Ana Paz <ana@example.org>\n보낸 날짜: 2014년 5월 26일 월요일 오전 10:00\n받는 사람: Bo\n제목: RE: A thread",
    "Kimden: Ana Paz <ana@example.org>\nGönderildi: 26 Mayıs 2014 Pazartesi 10:00\nKime: Bo\nKonu: Ynt: A thread",
    "प्रेषक: Ana Paz <ana@example.org>\nभेजा गया: सोमवार, 26 मई 2014 10:00\nप्रति: Bo\nविषय: Re: A thread",
    "Từ: Ana Paz <ana@example.org>\nĐã gửi: Thứ Hai, 26 tháng 5, 2014 10:00\nĐến: Bo\nChủ đề: Re: A thread",
    "Från: Ana Paz <ana@example.org>\nSkickat: den 26 maj 2014 10:00\nTill: Bo\nÄmne: SV: A thread",
    "Fra: Ana Paz <ana@example.org>\nSendt: 26. maj 2014 10:00\nTil: Bo\nEmne: SV: A thread",
    "Lähettäjä: Ana Paz <ana@example.org>\nLähetetty: maanantai 26. toukokuuta 2014 10.00\nVastaanottaja: Bo\nAihe: VS: A thread",
    "----------------\nКому: bo@example.net\nТема: A thread\n26.05.2014, 10:00, \"Ana Paz\" <ana@example.org>:",
    "---- 回复的原邮件 ----\n| 发件人 | Ana Paz<ana@example.org> |\n| 日期 | 2014年5月26日 10:00 |",
    ">>> Ana Paz <ana@example.org> 26.05.2014 10:00 >>>",
    "Od: Ana Paz <ana@example.org>\nWysłano: poniedziałek, 26 maja 2014 10:00\nDo: Bo\nTemat: RE: A thread",
    "Od: Ana Paz <ana@example.org>\nOdesláno: pondělí 26. května 2014 10:00\nKomu: Bo\nPředmět: RE: A thread",
    "---------- Původní e-mail ----------\nOd: Ana Paz <ana@example.org>",
    "-----Oprindelig meddelelse-----\nFra: Ana Paz", "Begin forwarded message:",
    "---------- Forwarded message ---------\nFrom: Ana Paz <ana@example.org>",
  ]

  @Test("I4: A message quoted whole goes, with what a program puts above it", arguments: blocks)
  func separated(_ block: String) {
    let reply = ReplyText(trimming: "We agree with paragraph 3.\n\n\(block)\n\nWas this sent?\n\nIt was.\n")
    #expect(reply.own == "We agree with paragraph 3.")
    // From HTML, with a blank line behind every one.
    let wide = block.replacing("\n", with: "\n\n")
    #expect(ReplyText(trimming: "We agree with paragraph 3.\n\n\(wide)\n\nNo?\n").own == "We agree with paragraph 3.")
    if !block.hasPrefix(">") {
      #expect(ReplyText(trimming: "\(block)\n\nWas this sent?\n").own == "", "nothing is the person's")
    }
  }

  static let devices = [
    "Sent from my iPhone", "Sent from my Galaxy", "Sent from Outlook for Android",
    "Get Outlook for iOS<https://aka.ms/x>",
    "Sent from Yahoo Mail on Android", "Sent with Proton Mail secure email.", "Sent from Mail for Windows",
    "Sent from my phone. Please excuse any typos.", "Von meinem iPhone gesendet", "Gesendet mit der GMX Mail App",
    "Diese Nachricht wurde von meinem Android-Mobiltelefon mit K-9 Mail gesendet.", "Outlook für iOS beziehen",
    "Envoyé de mon iPhone", "Envoyé depuis mon appareil mobile", "Télécharger Outlook pour iOS",
    "Enviado desde mi iPhone", "Obtener Outlook para Android", "Enviado do meu iPhone", "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone", "Verzonden vanuit Outlook voor Android", "Отправлено с iPhone",
    "Отправлено из мобильной Яндекс Почты", "أرسلت من iPhone الخاص بي", "发自我的iPhone", "从我的 iPhone 发送", "從我的 iPhone 傳送",
    "iPhoneから送信", "나의 iPhone에서 보냄", "iPhone'umdan gönderildi", "मेरे iPhone से भेजा गया", "Imetumwa kutoka iPhone yangu",
    "Được gửi từ iPhone của tôi", "Skickat från min iPhone", "Sendt fra min iPhone", "Lähetetty iPhonesta",
    "Wysłane z iPhone'a", "Odesláno z iPhonu",
  ]

  @Test("I4: A device's line goes", arguments: devices)
  func device(_ line: String) {
    #expect(ReplyText(trimming: "We agree with paragraph 3.\n\n\(line)\n").own == "We agree with paragraph 3.")
    let quoted = "On Mon, 26 May 2014 at 10:00, Ana <ana@example.org> wrote:\n> No?\n"
    #expect(
      ReplyText(trimming: "We agree with paragraph 3.\n\n\(line)\n\n\(quoted)").own == "We agree with paragraph 3.")
  }

  static let notices = [
    "This e-mail and any attachments are confidential and intended solely for the use of the individual to whom they are "
      + "addressed. If you have received this email in error please notify the sender.",
    "CONFIDENTIALITY NOTICE: This message may contain privileged information.",
    "Disclaimer\n\nThe information in this message is meant for the intended recipient only; please delete it otherwise.",
    "Please consider the environment before printing this e-mail.",
    "Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie nicht der richtige Adressat "
      + "sind, informieren Sie bitte den Absender.",
    "Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention exclusive de ses destinataires.",
    "Este mensaje y sus adjuntos se dirigen exclusivamente a su destinatario y pueden contener información confidencial.",
    "Esta mensagem e seus anexos são confidenciais. Se você não é o destinatário, apague-a imediatamente.",
    "Questo messaggio e i suoi allegati sono riservati ed esclusivamente al destinatario; se ricevuto per errore, cancellatelo.",
    "Это сообщение и любые вложения конфиденциальны; если вы не являетесь адресатом, удалите его.",
    "本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人。如果您不是收件人，请立即删除本邮件。",
    "このメールには機密情報が含まれている場合があります。誤って受信された場合は、送信者に連絡のうえ削除してください。",
    "이 메일은 지정된 수신인만을 위한 것으로 기밀을 포함할 수 있습니다. 수신인이 아닌 경우 즉시 삭제하여 주십시오.",
    "هذه الرسالة ومرفقاتها سرية ومخصصة للمرسل إليه فقط، وإذا لم تكن المستلم المقصود فيرجى حذفها فورا.",
    "_______________________________________________\nseeds mailing list\nseeds@example.org\nhttps://example.org/listinfo/seeds",
    "You received this message because you are subscribed to the Google Groups \"seeds\" group.",
  ]

  @Test("I4: Legal text and the feet of lists go", arguments: notices)
  func notice(_ text: String) {
    #expect(ReplyText(trimming: "We agree with paragraph 3.\n\n\(text)\n").own == "We agree with paragraph 3.")
  }

  static let banners = [
    "CAUTION: This email originated from outside of the organization. Do not click links or open attachments.",
    "[EXTERNAL EMAIL]", "You don't often get email from ana@example.org. Learn why this is important",
    "ACHTUNG: Diese E-Mail stammt von einem externen Absender. Klicken Sie keine Links oder Anhänge an.",
    "ATTENTION : courriel externe. N'ouvrez pas les pièces jointes d'un expéditeur inconnu.",
    "PRECAUCIÓN: correo de un remitente externo. No abra enlaces ni archivos adjuntos.",
    "ВНИМАНИЕ! Внешний отправитель. Не переходите по ссылкам и не открывайте вложения.",
    "警告：此邮件来自外部，请勿点击链接或打开附件。", "【注意】社外からのメールです。リンクや添付ファイルにご注意ください。",
    "تنبيه: مرسل خارجي. لا تفتح الروابط أو المرفقات.",
  ]

  @Test("I4: What a gateway puts above a message goes", arguments: banners)
  func banner(_ text: String) {
    #expect(ReplyText(trimming: "\(text)\n\nWe agree with paragraph 3.\n").own == "We agree with paragraph 3.")
    #expect(ReplyText(trimming: "\(text)\n\n").own == "")
  }
}
