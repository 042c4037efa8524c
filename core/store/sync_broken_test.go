package store

import (
	"path/filepath"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// TestFailedSyncStays: the kernel tells once that it could not write. Whoever
// asks again hears of success, and what was lost stays lost; so nothing more is
// taken in until the program starts again.
func TestFailedSyncStays(t *testing.T) {
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "paifang.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	change := func(id kyc.TenantID) error {
		return s.Commit(t.Context(), id, kyc.Change{kyc.SaveTenant{Tenant: kyc.Tenant{ID: id, Name: "Shop"}}})
	}
	if err := change("before"); err != nil || s.Ready(t.Context()) != nil {
		t.Fatal(err)
	}
	real := s.sync.path
	_ = s.sync.file.Close()
	s.sync.file, s.sync.path = nil, "/dev/null" // which cannot be synced
	for name, err := range map[string]error{"of that moment": change("lost"), "durable": s.Durable(t.Context())} {
		if kyc.CodeOf(err) != kyc.Unavailable {
			t.Errorf("the commit %s: %v", name, err)
		}
	}
	_ = s.sync.file.Close()
	s.sync.file, s.sync.path = nil, real // the disk is well again
	for name, err := range map[string]error{"the next commit": change("after"), "readiness": s.Ready(t.Context()), "a repeated answer": s.Durable(t.Context())} {
		if kyc.CodeOf(err) != kyc.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Tenant(t.Context(), "after"); kyc.CodeOf(err) != kyc.NotFound {
		t.Errorf("it was written all the same: %v", err)
	}
}
