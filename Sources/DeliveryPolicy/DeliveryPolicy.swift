// DeliveryPolicy: what an answer means, and what follows from it. Pure.
//
// What it does: classes every outcome (`classify`), says whose fault a failure is where single answers do not tell
// (`RefusalWindow` and `DeferralStreak` for relay, posts and domains, `DomainPolicy` for a domain's policy), what is
// left alone for a while (`Pauses`), whether a refusal counts at once (`RecipientRecord`), when to try again
// (`RetrySchedule`), when to leave a relay alone (`Breaker`), and what becomes of a message of unknown fate
// (`UncertainPolicy`).
//
// Whose fault a failure is, is decided by the first row that fits (as Postfix's `smtp_trouble.c` does it in one file):
//
// | what was seen | whose | what follows | decided by |
// |---|---|---|---|
// | the relay took the message | nobody's | what its domain and the relay refused before counts no more | `classify` |
// | never sent | the relay's | not counted | `AttemptGroup` |
// | a failure before the relay, as it is set, took a first mail; not 5.1.x at RCPT | the relay's | waits, time stands |
//   `AttemptGroup` |
// | scope sender | ours | waits, its time stands; the admin mends | `classify` |
// | scope relay; the run had others taken, or 421 of a relay that is up, or MAIL's parameters, of one message | the
//   message's | deferred, or expired | `AttemptGroup` |
// | scope relay otherwise | the relay's | waits, its time stands; others go first | `AttemptGroup` |
// | refusals for good in a row, nothing taken between | the relay's | all wait; it rests | `RefusalWindow` |
// | one post refused to several domains after its content | the post's | held, all else goes | `RefusalWindow`, `Pauses` |
// | a domain refuses people whose last mail was taken, and takes none | the domain's | left alone for a growing while |
//   `RefusalWindow`, `Pauses` |
// | more than a third of what was tried within the hour was refused | the relay's or the domain's in part | what was
//   refused waits | `RefusalWindow` |
// | equal refusals by policy, or in equal words of many people; the domain took none since, or is held | the domain's | all are held | `DomainPolicy` |
// | the final dot was handed over, no answer | nobody's | sent again three times, then held | `UncertainPolicy` |
// | mailbox full, an extension that is missing | the recipient's or the message's | deferred; expired, failed | `patience` |
// | 4xx, lost in the content | the recipient's or the message's | deferred, or expired | `classify`, `RetrySchedule` |
// | 5xx, of somebody whose last mail was taken | the recipient's | asked again twice, within five hours | `RecipientRecord` |
// | 5xx | the recipient's or the message's | failed | `classify` |
//
// What it refuses: no I/O, no clock, no memory between runs: moments, chance and what is known come in as parameters.
//
// When it fails: it does not. What it does not know is transient (rule S2).
