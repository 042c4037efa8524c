// Package review is the desk at which people decide: the queue of cases, the
// lease that keeps two people from deciding the same one, the view of a case
// with personal data masked until it is revealed for a reason, and decisions,
// which name what they rest on and are refused when that has changed.
//
// Everything that staff does here leaves an audit line in the transaction that
// does it. The Desk asks who may do it itself, whatever the door has checked.
package review
