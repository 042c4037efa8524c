// Package risk rates what approving an application wrongly could cost, from what
// is known when its checks have run. It is one pure function: no clock, no
// store, and the same answer for the same facts.
//
// The rating never falls below what the worst single thing says. Whatever is
// missing, not known or could not be told is of high risk: a check that did not
// run, a result or a reason that nobody has heard of, a market whose rules are
// not there. Markets do not rate: what a market finds it says as a reason, in the
// vocabulary that everybody shares, and the reason's level is decided here.
package risk
