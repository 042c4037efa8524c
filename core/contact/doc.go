// Package contact is about reaching people: the canonical form of a phone
// number or an e-mail address, the one-time codes and links that prove control
// of it, the budgets that keep sending within bounds, and the human test that
// stands before it.
//
// Nothing here reads or writes storage. Functions answer with plain writes
// (kyc.Write) that the caller puts into its change, so that a code, its message
// and the budget it takes are stored together or not at all.
package contact
