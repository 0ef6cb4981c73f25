// Stories: what became of one post for one person, or of one message, told in order.
//
// What it does: makes of what the ledger and the forum have of it (`StoryRows`) a `Story`: what happened and when,
// where it stands now, the one reason that said no, what would have to change, and the command to type next (rule A2).
//
// What it refuses: it asks nobody, decides nothing and has no clock: the same rows make the same story. It speaks to
// admins, in English; what participants read are Phrases.
//
// When it fails: it does not; of what is not known the story says so.
