// Command sandboxmailbox is a messenger for development and tests: nothing
// leaves the machine. Every SMS and e-mail becomes one JSON file in a
// directory, which the development pages list.
//
// Configuration, JSON: {"dir": "/absolute/path"}. The directory is made when
// it is missing. Files appear under their final name only when they are whole
// ("<id>.json"; other names are unfinished or ours). Only the newest 2,000 are
// kept. A file holds
//
//	{"sandbox": true, "id", "tenant", "channel": "phone" | "email", "to", "sender",
//	 "subject", "text", "html", "locale", "time": "RFC 3339"}
//
// Magic recipients bring about what vendors do:
//
//	phone numbers that end in   e-mail local parts    outcome
//	990001                      refused               fails: address_refused
//	990002                      blocked               fails: blocked
//	990003                      unreachable           never taken: deferred each time
//	990004                      delayed               deferred once by ten seconds, then taken
//
// A local part may have a suffix: "refused+anything@example.com".
package main

import "github.com/paifang/paifang/plugins/sdk"

func main() { sdk.Serve(&mailbox{keep: 2000}) }
