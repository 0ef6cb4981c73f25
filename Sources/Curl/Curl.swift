// Curl: libcurl's handles, each owned by one type.
//
// What it does: `EasyHandle` owns a transfer or connection, sets its options by type, and carries bytes over it once it
// is connected; `MultiHandle` drives one of them without blocking. SMTP, IMAP and POP3 stand on them.
// `EasyHandle.post` is one HTTP request.
//
// What it refuses: it knows no mail protocol and no policy, and never goes through a proxy that only the environment
// names.
//
// When it fails: a `CurlResult` says how, libcurl's own words beside it. A libcurl that has no memory ends the process.
