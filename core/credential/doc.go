// Package credential is about what people know and who is signed in: login and
// payment passwords, security answers, their hashing, sessions, and signing in
// for account holders and staff.
//
// Secrets are never kept, logged or put into errors. Hashing is argon2id behind
// a bounded pool: past its queue the answer is kyc.Unavailable with a time to
// come back, so that a burst of sign-ins cannot exhaust the memory.
package credential
