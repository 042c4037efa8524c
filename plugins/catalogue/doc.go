// Package catalogue keeps provider programs that were installed, each version
// for ever as it came:
//
//	STORE/NAME/VERSION/program      the executable
//	STORE/NAME/VERSION/entry.json   what it is, and who says so
//	STORE/NAME/VERSION/vectors/     golden vectors, when it came with some
//
// A version (semver.org, without build metadata) never changes: another program
// under the same number is refused. What an entry is stands in a Statement, a
// short text that a publisher signs with an Ed25519 key in the format of signed
// notes (golang.org/x/mod/sumdb/note); a store takes entries only from
// publishers that the operator trusts, unless unsigned ones are allowed, and
// looks again each time that a program is opened. Nobody but root and the
// process's own user may write anywhere in it, and nothing in it is a link.
//
// These are files and nothing else: which version runs is package
// core/rollout's, how it runs plugins/host's.
package catalogue
