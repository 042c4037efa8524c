// Package rollout says which versions of providers run in this installation: the
// version in force, a canary that a share of the new applications gets, the one
// before that is kept warm to go back to. Every change is a row that is never
// changed again, with who made it and an audit line in the record of the tenant
// that operates the platform. All nodes read what holds and carry it out; a fault
// that one of them sees takes a version back for all.
//
// A tenant decides for itself which markets it offers, with which configuration,
// and whether new applications take what is in force, never the canary, always
// the canary, or one version. Those changes are rows of the tenant's own.
package rollout
