// Command twilio is a messenger that sends text messages through Twilio's
// Programmable Messaging API, version 2010-04-01.
//
// Configuration, JSON:
//
//	{
//	  "account": "AC…",                      account SID
//	  "token": "…",                          auth token; it also authenticates delivery reports
//	  "key": "SK…", "secret": "…",           optional: an API key to sign in with instead of the token
//	  "from": "+15005550006",                a number of the account in E.164, or
//	  "service": "MG…",                      a messaging service, which chooses the sender
//	  "base": "https://id.shop.example",     optional: where people reach the gateway; asks for delivery reports
//	  "endpoint": "https://api.twilio.com",  optional: another edge; https, or http on this machine
//	  "ca_file": "/etc/ssl/our-ca.pem"       optional: authorities to trust instead of the system's
//	}
//
// Twilio knows no idempotency keys: a message that may have been taken before
// is looked for in the account's list first.
package main

import "github.com/paifang/paifang/plugins/sdk"

func main() { sdk.Serve(&messenger{}) }
