package trail_test

import (
	"os"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/audit/trail"
)

// keptBundle is a bundle of version 1, with a key that followed another one, that
// was exported once: it must verify for ever.
func keptBundle(t testing.TB) (bundle string, o trail.Options) {
	t.Helper()
	raw, err := os.ReadFile("testdata/version1.bundle")
	if err != nil {
		t.Fatal(err)
	}
	bundle = string(raw)
	_, key, _ := strings.Cut(bundle, "\nkey ")
	key, _, _ = strings.Cut(key, "\n")
	last := bundle[strings.LastIndex(bundle, "\ncheckpoint "):]
	_, last, _ = strings.Cut(last[1:], "\n")
	return bundle, trail.Options{Keys: []trail.Key{pin(t, key)}, Known: []string{last[:strings.LastIndex(last, "end ")]}}
}

func TestVersion1(t *testing.T) {
	bundle, o := keptBundle(t)
	report := whole(t, bundle, o)
	if report.Lines != 8 || report.Checkpoints != 4 || len(report.Keys) != 2 || report.Known != 1 {
		t.Errorf("%+v", report)
	}
}

// FuzzVerify: whoever holds a key and a checkpoint accepts one bundle, down to
// the byte, whatever is made of it.
func FuzzVerify(f *testing.F) {
	bundle, o := keptBundle(f)
	whole(f, bundle, o)
	f.Add(bundle)
	f.Add("paifang-audit-bundle 1\ntenant shop\norigin x\nkey x\ncheckpoint 4096\n")
	f.Add(strings.Repeat("{", 100_000))
	f.Fuzz(func(t *testing.T, given string) {
		if report, err := trail.Verify(strings.NewReader(given), o); err == nil && given != bundle {
			t.Errorf("another bundle is accepted: %+v", report)
		}
		_, _ = trail.Peek(given)
		if line, err := trail.Decode([]byte(given)); err == nil {
			if again, err := trail.Encode(line); err != nil || string(again) != given {
				t.Errorf("%q is read as %q", given, again)
			}
		}
	})
}
