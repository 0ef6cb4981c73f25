import Glibc
import Jobs
import TestSupport
import Testing
import Time

@Suite("One run of a job at a time")
struct JobLockTests {
  private let directory: TemporaryDirectory
  private let now = Timestamp(iso8601: "2026-05-26T12:00:00Z")!

  init() throws { directory = try TemporaryDirectory() }

  private func take(at moment: Timestamp? = nil, deadline: Int64 = 240) throws -> JobLock.Taken {
    try JobLock.take(
      directory("dispatch.lock"), now: ClockReading(wall: moment ?? now, boot: 1, steady: 5000), deadline: deadline)
  }

  @Test("O1: the second taker is told who holds the lock, since when, and for how long at most")
  func held() throws {
    guard case .lock(let lock) = try take() else { return #expect(Bool(false), "a free lock was not had") }
    guard case .held(let holder?) = try take(at: now + 60) else {
      return #expect(Bool(false), "the lock was had twice")
    }
    #expect((holder.pid, holder.startedAt, holder.deadline) == (getpid(), now, 240))
    _ = consume lock
  }

  @Test("O1, E2: past twice its deadline by the steady clock a holder is overdue, not before")
  func overdue() throws {
    guard case .lock(let lock) = try take(), case .held(let holder?) = try take(at: now + 86_400) else {
      return #expect(Bool(false), "the lock was not held")
    }
    #expect(!holder.isOverdue(steady: 5480))
    #expect(holder.isOverdue(steady: 5481))
    withExtendedLifetime(lock) {}
  }

  @Test("O1: the lock ends with its holder, and the next one has it")
  func ends() throws {
    var lock: JobLock?
    for round in 1...3 {
      guard case .lock(let taken) = try take(at: now + Int64(round)) else {
        return #expect(Bool(false), "round \(round)")
      }
      lock = taken
      guard case .held(let holder) = try take() else { return #expect(Bool(false), "round \(round)") }
      #expect(holder?.startedAt == now + Int64(round))
      _ = lock
      lock = nil
    }
  }

  @Test("O1: the lock is the kernel's: one left behind by a process that died is free")
  func leftBehind() throws {
    try directory.write("dispatch.lock", "4711 1000 240 7\n")
    guard case .lock = try take() else { return #expect(Bool(false), "a dead process holds the lock") }
  }

  @Test(
    "O1: a holder that has not yet said who it is, or says nonsense, is not guessed at",
    arguments: ["", "x y z", "1 2", "1 2 3"])
  func nonsense(_ text: String) throws {
    try directory.write("dispatch.lock", text)
    let descriptor = open(directory("dispatch.lock"), O_RDWR | O_CLOEXEC)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    guard case .held(let holder) = try take() else { return #expect(Bool(false), "the lock was had twice") }
    #expect(holder == nil)
  }

  @Test("O1: the holder before is not taken for the present one")
  func formerHolder() throws {
    do { guard case .lock = try take(at: now - 86_400) else { return #expect(Bool(false), "not had") } }
    let descriptor = open(directory("dispatch.lock"), O_RDWR | O_CLOEXEC)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    guard case .held(let holder) = try take() else { return #expect(Bool(false), "the lock was had twice") }
    #expect(holder == nil)
  }

  @Test("O1: a lock file that cannot be used is an error that names it; one that is made is its owner's alone")
  func unusable() throws {
    let reading = ClockReading(wall: now, boot: 1, steady: 0)
    #expect { try JobLock.take("/nowhere/at/all.lock", now: reading, deadline: 1) } throws: {
      "\($0)" == "/nowhere/at/all.lock: cannot open the lock file: No such file or directory"
    }
    guard case .lock(let lock) = try take() else { return #expect(Bool(false), "a free lock was not had") }
    var status = stat()
    #expect(stat(directory("dispatch.lock"), &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    withExtendedLifetime(lock) {}
  }
}
