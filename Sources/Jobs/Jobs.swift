// Jobs: the stages of the main job, from a forum's new posts to delivered mail, those of mail that comes in, and what
// runs them.
//
// What it does: `collect ⇒ fan-out ⇒ digest ⇒ deliver`, and `prune`; `receive ⇒ handle ⇒ post`, and `probe`: each stage
// is a folder, does what is to be done now and says what it did. Every hand-over between stages is a transaction of the
// ledger, so that a run may stop anywhere and the next one goes on. `JobRun` takes a job's stages in order; `JobLock`
// sees to it that one run of a job is at work. `Jobs.docc/DataFlow.md` has a post's way with each transaction,
// `Jobs.docc/Concurrency.md` who waits for whom.
//
// What it refuses: a stage holds no state between runs, and does not guess: if the forum gives no answer that can be
// used, nothing goes out. It knows no SQL, no SMTP and no layout.
//
// When it fails: what cannot be used (forum, ledger, relay) ends the run with words for the admin and an exit status;
// what a stage has committed stays.
