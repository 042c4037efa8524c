// Package pipeline takes an application from its start to its account. The
// phases of a submission are fixed in Submit; a market fills one hook,
// Evaluate, and can skip none of the phases.
package pipeline
