// Package declarative is a market that is data: one YAML file says the steps,
// the fields, the documents, the tiers, the messages and the rules, and the rules
// are expressions of CEL, the Common Expression Language (cel.dev).
//
// Expressions are typed: they are compiled when the market is read, and a name
// that is not there, or a number where text is wanted, is an error with its line.
// They are bounded: each has a budget of steps, so that no text that a person
// types can keep a process busy.
//
// The engine and a market become one program (Pack), so that the digest of the
// catalogue pins the rules as well as what runs them. See docs/declarative.md.
package declarative
