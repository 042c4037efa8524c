package review

import (
	"fmt"
	"slices"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// FuzzPlace: a place in the queue that is read is one that could have been written.
func FuzzPlace(f *testing.F) {
	for _, s := range []string{"1700000000000_0190", "high_1700000000000_0190", "_", "-1_x", "99999999999999999999_x", "high_low_1_2"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, byRisk bool) {
		c, err := place(s, byRisk)
		if err != nil || s == "" {
			return
		}
		if len(c.ID) > 36 || byRisk && !slices.Contains(kyc.Risks(), c.Risk) || !byRisk && c.Risk != "" {
			t.Errorf("%q is read as %+v", s, c)
		}
		again := fmt.Sprintf("%d_%s", c.Due, c.ID)
		if byRisk {
			again = c.Risk + "_" + again
		}
		if same, err := place(again, byRisk); err != nil || same != c {
			t.Errorf("%q is read as %+v, written as %q, and read as %+v (%v)", s, c, again, same, err)
		}
	})
}
