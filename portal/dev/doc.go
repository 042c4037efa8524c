// Package dev is the pages of development mode: an index, the mailbox with
// every SMS and e-mail, a marketplace that signs members in, and the answer of
// a human test. They show secrets and must never be mounted elsewhere.
package dev
