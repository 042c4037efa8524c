// Package admin is the staff's pages: sign in, the queue, a case in three
// panes, the audit record and the state of the providers.
//
// The package renders what the review desk says and carries forms to it. Every
// route stands in one table with the permission it needs (Routes); Door asks
// the Authorizer before any handler runs, and the desk asks again. Everything
// works without JavaScript; the script adds keys, zoom and live previews.
package admin
