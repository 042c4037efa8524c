package trail_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/audit/trail"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

// TestFlippedBit flips one bit of each byte of a bundle, another one each time.
func TestFlippedBit(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	h.rounds(3, 2)
	if _, err := h.sealer.Rotate(ctx, shop, actor()); err != nil {
		t.Fatal(err)
	}
	bundle := h.bundle()
	whole(t, bundle, trail.Options{})
	for i := range bundle {
		flipped := []byte(bundle)
		flipped[i] ^= 1 << (i % 8)
		if _, err := trail.Verify(strings.NewReader(string(flipped)), trail.Options{}); err == nil {
			t.Errorf("bit %d of byte %d, in %q, does not count", i%8, i, bundle[max(0, i-10):min(len(bundle), i+10)])
		}
	}
	for n := range bundle {
		if _, err := trail.Verify(strings.NewReader(bundle[:n]), trail.Options{}); err == nil {
			t.Errorf("the first %d bytes are a whole bundle", n)
		}
	}
}

// rows are the rows of a bundle, and where its lines are.
func rows(bundle string) (list []string, lines []int) {
	list = strings.SplitAfter(bundle, "\n")
	for i, row := range list {
		if strings.HasPrefix(row, "{") {
			lines = append(lines, i)
		}
	}
	return list, lines
}

func TestMeddling(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	h.rounds(6, 5)
	bundle := h.bundle()
	key := trail.Options{Keys: []trail.Key{pin(t, h.keys()[0].Verifier)}}
	whole(t, bundle, key)
	list, lines := rows(bundle)
	change := func(change func(rows []string) []string) string { return strings.Join(change(slices.Clone(list)), "") }
	for _, i := range lines[1:] {
		broken(t, change(func(r []string) []string { return slices.Delete(r, i, i+1) }), key, "missing")
		broken(t, change(func(r []string) []string { return slices.Insert(r, i, r[i]) }), key, "is missing or out of its place")
		broken(t, change(func(r []string) []string { r[i], r[lines[0]] = r[lines[0]], r[i]; return r }), key, "is missing or out of its place")
		broken(t, change(func(r []string) []string { r[i] = strings.Replace(r[i], "image.blur", "image.dark", 1); return r }), key, "are not those that checkpoint")
	}
	// Lines that were removed or exchanged, with the rest numbered anew.
	renumber := func(r []string) []string {
		_, at := rows(strings.Join(r, ""))
		for n, i := range at {
			r[i] = number.ReplaceAllString(r[i], `"n":`+itoa(n+1)+`,`)
		}
		return r
	}
	for _, i := range lines[:5] {
		broken(t, change(func(r []string) []string { return renumber(slices.Delete(r, i, i+1)) }), key, "lines are missing: a checkpoint was signed of 6")
		broken(t, change(func(r []string) []string { r[i], r[i+1] = r[i+1], r[i]; return renumber(r) }), key, "are not those that checkpoint")
	}
	spaces := change(func(r []string) []string { r[lines[0]] = strings.Replace(r[lines[0]], ":", ": ", 1); return r })
	broken(t, spaces, key, "the one form that a line has")
	broken(t, bundle+"\n", key, "something follows behind the end")
	broken(t, "", key, "ends here")
	broken(t, "hello\n", key, "no audit bundle")
	broken(t, change(func(r []string) []string { r[len(r)-2] = "end 12\n"; return r }), key, "there should be 12 lines")
}

// What is cut off behind a checkpoint is found with one that was kept.
func TestTruncated(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	h.rounds(6)
	older := h.checkpoint()
	short := h.bundle()
	h.rounds(5)
	newer := h.checkpoint()
	whole(t, short, trail.Options{Known: []string{older}})
	if report := whole(t, h.bundle(), trail.Options{Known: []string{older, newer}}); report.Known != 2 {
		t.Errorf("%+v", report)
	}
	broken(t, short, trail.Options{Known: []string{older, newer}}, "the end is cut off: a checkpoint was kept of 11 lines")
	if _, err := trail.Verify(strings.NewReader(short), trail.Options{Known: []string{"nonsense"}}); err == nil {
		t.Error("a checkpoint that is none is no error")
	}
	stranger := newHouse(t, storetest.SQLite(t))
	stranger.rounds(6)
	broken(t, short, trail.Options{Known: []string{stranger.checkpoint()}}, "is of another log")
	broken(t, short, trail.Options{Keys: []trail.Key{pin(t, stranger.keys()[0].Verifier)}}, "does not sign this log")
	forged := strings.Replace(older, "\n— ", "\n— x", 1)
	broken(t, short, trail.Options{Known: []string{forged}}, "is not signed by a key of this log")
}

// Two histories that the same key signed: a copy of the database went its own way.
func TestFork(t *testing.T) {
	dir := t.TempDir()
	open := func(name string) *store.Store {
		s, err := store.Open(ctx, store.Config{Path: filepath.Join(dir, name)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open("a.db")
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t, s)
	h.rounds(10)
	before := h.checkpoint()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(filepath.Join(dir, "a.db"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "b.db"), copied, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	var bundles, checkpoints []string
	for _, name := range []string{"a.db", "b.db"} {
		h.store = open(name)
		h.sealer = h.newSealer(h.store)
		h.rounds(3, 4)
		bundles, checkpoints = append(bundles, h.bundle()), append(checkpoints, h.checkpoint())
		if err := h.store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range bundles {
		whole(t, bundles[i], trail.Options{Known: []string{before, checkpoints[i]}})
		broken(t, bundles[i], trail.Options{Known: []string{before, checkpoints[1-i]}}, "the history forks")
	}
}

// A new history under a new key, with the old key named as the first: whoever
// pinned a key is not taken in.
func TestForged(t *testing.T) {
	real, forger := newHouse(t, storetest.SQLite(t)), newHouse(t, storetest.SQLite(t))
	real.rounds(4)
	forger.rounds(4)
	first, theirs := real.keys()[0].Verifier, forger.keys()[0].Verifier
	broken(t, strings.Replace(forger.bundle(), "key "+theirs, "key "+first, 1), trail.Options{}, "the first key is of another log")
	pinned := trail.Options{Keys: []trail.Key{pin(t, first)}}
	broken(t, forger.bundle(), pinned, "does not sign this log")
}

// What is done to the database past its triggers is found too.
func TestMeddlingWithTheDatabase(t *testing.T) {
	for name, statements := range map[string][]string{
		"changed":          {"DROP TRIGGER audit_lines_unchanged", "UPDATE audit_lines SET actor_id = 's2' WHERE seq = 3"},
		"unreadable":       {"DROP TRIGGER audit_lines_unchanged", "UPDATE audit_lines SET detail = '{' WHERE seq = 3"},
		"removed":          {"DROP TRIGGER audit_lines_undeleted", "DELETE FROM audit_lines WHERE seq = 3"},
		"last one removed": {"DROP TRIGGER audit_lines_undeleted", "DELETE FROM audit_lines WHERE seq = 9"},
		"cut off": {"DROP TRIGGER audit_lines_undeleted", "DROP TRIGGER audit_logs_forward", "DELETE FROM audit_lines WHERE seq > 4",
			"UPDATE audit_logs SET size = 4, checkpoint = (SELECT note FROM audit_checkpoints WHERE size = 4)"},
		"exchanged": {"DROP TRIGGER audit_lines_unchanged", "UPDATE audit_lines SET seq = 100 WHERE seq = 2", "UPDATE audit_lines SET seq = 2 WHERE seq = 3",
			"UPDATE audit_lines SET seq = 3 WHERE seq = 100"},
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.SQLite(t)
			h := newHouse(t, s)
			h.rounds(4, 5)
			for _, statement := range statements {
				if _, err := s.Databases().SQLite.ExecContext(ctx, statement); err != nil {
					t.Fatal(err)
				}
			}
			var out strings.Builder
			_, err := trail.Export(ctx, s, shop, &out, nil)
			if err != nil {
				t.Fatal(err)
			}
			broken(t, out.String(), trail.Options{}, "")
		})
	}
}

// A log that somebody meddled with does not grow over it.
func TestSealingStops(t *testing.T) {
	for name, statement := range map[string]string{
		"tiles": "UPDATE audit_tiles SET hashes = zeroblob(length(hashes))",
		"short": "UPDATE audit_tiles SET hashes = substr(hashes, 33)",
		"gone":  "DELETE FROM audit_tiles",
		"head":  "UPDATE audit_logs SET size = 10",
		"note":  "UPDATE audit_logs SET size = 10, checkpoint = replace(checkpoint, '9', '10')",
		"key":   "UPDATE audit_keys SET private_sealed = zeroblob(40)",
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.SQLite(t)
			h := newHouse(t, s)
			h.rounds(4, 5)
			if _, err := s.Databases().SQLite.ExecContext(ctx, statement); err != nil {
				t.Fatal(err)
			}
			h.happens(1)
			if err := h.sealer.Seal(ctx, shop); err == nil {
				t.Error("it was sealed")
			}
			if lines, err := s.UnsealedLines(ctx, shop, 9); err != nil || len(lines) != 1 {
				t.Errorf("the line does not wait: %v, %v", lines, err)
			}
		})
	}
}

func TestAppendOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		h.rounds(2)
		h.happens(1)
		exec := func(statement string) error {
			_, err := storetest.AsOwner(t, s).ExecContext(ctx, statement)
			return err
		}
		for _, statement := range []string{
			"DELETE FROM audit_lines", "UPDATE audit_lines SET seq = 9 WHERE seq = 1", "UPDATE audit_lines SET seq = NULL WHERE seq = 1",
			"UPDATE audit_lines SET detail = '{}' WHERE seq IS NULL", "UPDATE audit_lines SET at = at + 1, seq = 3 WHERE seq IS NULL",
			"UPDATE audit_lines SET actor_id = 'x' WHERE seq = 2", "DELETE FROM audit_checkpoints", "UPDATE audit_checkpoints SET at = 1",
			"DELETE FROM audit_logs", "UPDATE audit_logs SET size = 1", "UPDATE audit_logs SET size = 5, origin = 'x'",
		} {
			if err := exec(statement); err == nil {
				t.Errorf("%s is not refused", statement)
			}
		}
		if s.Databases().Postgres != nil {
			for _, table := range []string{"audit_lines", "audit_checkpoints", "audit_logs"} {
				if err := exec("TRUNCATE " + table); err == nil {
					t.Errorf("%s can be truncated", table)
				}
			}
		}
		h.seal()
		if report := whole(t, h.bundle(), trail.Options{}); report.Lines != 3 {
			t.Errorf("%+v", report)
		}
	})
}
