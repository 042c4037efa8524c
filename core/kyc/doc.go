// Package kyc is the vocabulary of Paifang: tenants, markets, applications,
// steps, contacts, documents, checks, reasons, decisions, accounts and money,
// the state machine of an application, and the difference between a Problem
// (the applicant fell short: stored and shown) and an Error (we could not
// tell: logged and retried).
//
// The package is pure: it performs no input or output and depends on the
// standard library only. Everything that other packages exchange is a type of
// this package, and everything that is written to storage is a Change, a list
// of writes that the store applies in one transaction.
package kyc
