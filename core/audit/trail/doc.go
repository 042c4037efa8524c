// Package trail is the transparency log that a tenant's audit record is sealed
// into: how a line is written down to be hashed (Encode), the tree over the lines
// (RFC 6962, as golang.org/x/mod/sumdb/tlog has it), the signed notes that say how
// the tree stands (Checkpoint), the Sealer that appends, and the bundle with which
// all of it is verified without the server or its database (Export, Verify).
//
// The formats are described in docs/audit.md; they never change without a new
// version.
package trail
