// Package store keeps everything in one relational database: SQLite in a file
// by default, PostgreSQL by one setting. It is the only package that knows SQL.
//
// Writing is one method, Commit: it applies a kyc.Change in one transaction,
// jobs included, or leaves nothing behind. Reading is one method per question,
// each with the tenant as its first parameter; a row of another tenant is
// answered like a row that does not exist (kyc.NotFound).
//
// The tables are in migrations/<dialect>; every primary and foreign key begins
// with the tenant. The files are named for their nouns: the writes and the
// reads of a noun stand together.
package store
