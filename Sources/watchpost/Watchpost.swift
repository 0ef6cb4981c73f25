import ArgumentParser

@main
struct Watchpost: ParsableCommand {
  func run() {}
}
