package trail_test

import (
	"path/filepath"
	"testing"

	"github.com/paifang/paifang/core/store"
)

// BenchmarkSealing seals what a hundred registrations leave in the record, on
// SQLite: 1,400 lines, each of which one operation is.
func BenchmarkSealing(b *testing.B) {
	s, err := store.Open(b.Context(), store.Config{Path: filepath.Join(b.TempDir(), "b.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	h := newHouse(b, s)
	const most = 1400
	b.ResetTimer()
	for left := b.N; left > 0; left -= most {
		b.StopTimer()
		h.happens(min(left, most))
		b.StartTimer()
		h.seal()
	}
}
