// Package storetest opens real databases for tests and holds the suite that
// every backend of core/store passes.
//
//	storetest.Each(t, func(t *testing.T, s *store.Store) { … })
//
// runs a test on SQLite and on PostgreSQL, each with an empty, migrated
// database of its own. PostgreSQL is the server of PAIFANG_TEST_DATABASE_URL or
// one started for the test binary from an installed package (PATH or
// /usr/lib/postgresql). Where there is neither the test fails: a suite that is
// skipped proves nothing.
package storetest
