package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

func TestSchema(t *testing.T) {
	ctx := context.Background()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		found, err := s.Schema(ctx)
		if err != nil || found.Tables == 0 || found.Tables != found.Needed || found.Queue == 0 {
			t.Errorf("%+v %v", found, err)
		}
	})
	s, err := store.Open(ctx, store.Config{Path: filepath.Join(t.TempDir(), "new.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if found, err := s.Schema(ctx); err != nil || found.Tables != 0 || found.Queue != 0 || found.Needed == 0 {
		t.Errorf("never migrated: %+v %v", found, err)
	}
}
