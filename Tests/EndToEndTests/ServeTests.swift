import Testing

@Suite("The pages, served") struct ServeTests {
  /// Reads what a served port answers, and ends the program. `$0` is the program, `$1` its configuration.
  private static let script = """
    exec 4< <("$0" serve --config "$1" 2>&1)
    server=$!
    read -r -u 4 _ _ address
    ask() {
      exec 3<>"/dev/tcp/127.0.0.1/${address##*:}"
      printf '%s\\r\\nHost: 127.0.0.1\\r\\nConnection: close\\r\\nContent-Length: %s\\r\\n\\r\\n%s' "$1" "${#2}" "$2" >&3
      cat <&3
      echo
    }
    ask 'GET /health HTTP/1.1'
    ask 'HEAD /sign-in HTTP/1.1'
    ask 'GET /../../etc/passwd HTTP/1.1'
    ask 'GET /%ff%00 HTTP/1.1'
    ask 'DELETE /settings HTTP/1.1'
    ask 'POST /sign-in HTTP/1.1' 'address=reader1%40example.net'
    "$0" status --config "$1"
    until [ -n "$2" ] && [ "$("$0" status --json --config "$1" | grep -c '"sent":1')" = 1 ]; do :; done
    kill -TERM "$server"
    wait "$server"
    echo "ended with $?"
    """

  @Test("P1, P4: serve answers, sends who asks a link at once, says so in status, and ends when it is told to")
  func served() async throws {
    try await withRelay { relay in
      let site = try await TestInstallation(
        relay: relay.port, settings: "collect:\n  settle: 0s\nweb:\n  listen: 127.0.0.1:0\n")
      try site.configure("site:\n", to: "site:\n  url: http://127.0.0.1:8025\n")
      _ = try site.thread(watchers: 1)
      let before = try await site("status")
      #expect(before.output.contains("nothing has served them yet: start `watchpost serve`"))
      let ended = try await Program.shell(Self.script, site.configuration, "wait")
      #expect(ended.output.contains("\r\n\r\nok\n"))
      #expect(ended.output.contains("HTTP/1.1 405") && ended.output.contains("HTTP/1.1 404"))
      #expect(!ended.output.contains("HTTP/1.1 5") && !ended.output.contains("root:"))
      #expect(ended.output.contains("a message with a link is on its way"))
      #expect(!ended.output.contains("nothing has served them"))
      #expect(ended.output.contains("ended with 0"))
      let mail = try #require(try await relay.messages(atLeast: 1).first)
      #expect(mail.recipients == ["reader1@example.net"])
      let text = String(decoding: mail.data, as: UTF8.self)
      #expect(text.contains("http://127.0.0.1:8025/in/"))
      #expect(!ended.words.contains("/in/"))
    }
  }

  /// The page of a mail that a job signed with a key which was added while the pages are served.
  private static let rotation = """
    directory="$(dirname "$1")"
    exec 5< <("$0" capture --port 0 --maildir "$directory/mails" 2>&1)
    capture=$!
    read -r -u 5 _ _ relay
    export WATCHPOST_DELIVERY_TRANSPORT="smtp://$relay"
    exec 4< <("$0" serve --config "$1" 2>&1)
    server=$!
    read -r -u 4 _ _ address
    page() {
      exec 3<>"/dev/tcp/127.0.0.1/${address##*:}"
      printf 'GET %s HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: %s\r\nConnection: close\r\n\r\n' "$1" "$RANDOM" >&3
      head -1 <&3
    }
    echo "9: $(head -c 33 /dev/urandom | base64)" >> "$directory/keys"
    "$0" run dispatch --config "$1"
    path="$(cat "$directory"/mails/new/* | tr -d '=\r\n' | grep -o '/u/[a-z2-7]*' | head -1)"
    for _ in {1..20000}; do page "$path" | grep 'HTTP/1.1 200' && break; done
    echo '  nonsense' >> "$1"
    read -r -t 60 -u 4 line
    echo "$line"
    page "$path"
    kill -TERM "$server" "$capture"
    wait "$server"
    echo "ended with $?"
    """

  @Test("P1: a key that is added while the pages are served is good at once, and a mistake takes nothing away")
  func rotated() async throws {
    let site = try await TestInstallation(settings: "collect:\n  settle: 0s\nweb:\n  listen: 127.0.0.1:0\n")
    try site.configure("site:\n", to: "site:\n  url: http://127.0.0.1:8025\n")
    let thread = try site.thread(watchers: 1)
    _ = try await site("run", "dispatch")
    _ = try site.post(thread)
    let ended = try await Program.shell(Self.rotation, site.configuration)
    #expect(ended.output.components(separatedBy: "HTTP/1.1 200").count == 3, "\(ended)")
    #expect(ended.output.contains("cannot be taken up; what was read before holds"), "\(ended)")
    #expect(ended.output.contains("ended with 0"), "\(ended)")
  }

  @Test("P1: without an address to listen on nothing is served, no mail names a page, and that is said")
  func unset() async throws {
    let site = try await TestInstallation()
    let ended = try await site("serve")
    #expect(ended.status == .exited(78) && ended.errors.contains("web.listen is not set"))
    try site.configure("site:\n", to: "site:\n  url: https://forum.example.org/mail\n")
    let thread = try site.thread(watchers: 1)
    let post = try site.post(thread)
    let mail = try await site("preview", post, "--to", "reader1@example.net")
    #expect(mail.status == .exited(0) && !mail.output.contains("/u/"))
    try site.configure("collect:\n", to: "web:\n  listen: 127.0.0.1:8025\ncollect:\n")
    let named = try await site("preview", post, "--to", "reader1@example.net")
    #expect(named.output.contains("https://forum.example.org/mail/u/"))
    #expect(!named.output.contains("List-Unsubscribe-Post"))
    try site.configure("mail:\n", to: "mail:\n  relay_signs: true\n")
    let signed = try await site("preview", post, "--to", "reader1@example.net")
    #expect(signed.output.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"))
  }
}
