// Command smtp is a messenger that sends e-mail through any SMTP server.
//
// Configuration, JSON:
//
//	{
//	  "host": "mail.example.org",
//	  "port": 587,
//	  "tls": "starttls",                     starttls (default) | implicit | none
//	  "user": "…", "password": "…",          optional; never without TLS
//	  "from": "no-reply@example.org",        sender; the tenant's name is put before it
//	  "ca_file": "/etc/ssl/our-ca.pem"       optional: authorities to trust instead of the system's
//	}
//
// The Message-ID is made from the idempotency key, so that a message which is
// sent again after an unclear end can be recognised as the same.
package main

import "github.com/paifang/paifang/plugins/sdk"

func main() { sdk.Serve(&messenger{}) }
