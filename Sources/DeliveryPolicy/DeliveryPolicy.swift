// DeliveryPolicy: what an answer means, and what follows from it. Pure.
//
// What it does: classes every outcome (`classify`), says whose fault a failure is where single answers do not tell
// (`RefusalStreak` for the relay, `DomainPolicy` for a domain), when to try again (`RetrySchedule`), when to leave a
// relay alone (`Breaker`), and what becomes of a message of unknown fate (`UncertainPolicy`).
//
// Whose fault a failure is, is decided by the first row that fits (as Postfix's `smtp_trouble.c` does it in one file):
//
// | what was seen | whose | what follows | decided by |
// |---|---|---|---|
// | the relay took the message | nobody's | what its domain and the relay refused before counts no more | `classify` |
// | scope relay, or never sent, and the relay took nothing else in this run | the relay's | no attempt spent; others go first the next time | `AttemptGroup` |
// | scope relay, and the relay took others in this run | the message's | deferred, or expired | `AttemptGroup` |
// | equal refusals for good, to several domains, nothing taken between | the relay's | all of them wait; the run ends; the relay is left alone | `RefusalStreak` |
// | equal refusals by policy from a domain that took nothing since, or that is held | the domain's | held with those that led there | `DomainPolicy` |
// | the final dot was handed over, no answer | nobody's | sent again three times, then held | `UncertainPolicy` |
// | 4xx, lost within the content | the recipient's or the message's | deferred, or expired | `classify`, `RetrySchedule` |
// | 5xx, an extension that is missing | the recipient's or the message's | failed | `classify` |
//
// What it refuses: no I/O, no clock, no memory between runs: moments, chance and what is known come in as parameters.
//
// When it fails: it does not. What it does not know is transient (rule S2).
