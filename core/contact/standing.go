package contact

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// Watch says when numbers that begin alike are in bad standing, because few of the
// codes sent to them come back: so do numbers that are rented to pump text
// messages. The zero value is all defaults.
type Watch struct {
	Window time.Duration // that is looked at; 0: 6 hours
	Least  int64         // codes sent below which nothing is said; 0: 30
	Poor   int64         // share that came back, in percent, below which the human test is asked; 0: 25
	Bad    int64         // … below which nothing is sent; 0: 5
}

// slotLength is the grain of the window. The running slot does not count as sent:
// people need some minutes to type a code.
const slotLength = 15 * time.Minute

func (w Watch) window() time.Duration { return cmp.Or(w.Window, 6*time.Hour) }
func (w Watch) least() int64          { return cmp.Or(w.Least, 30) }
func (w Watch) poor() int64           { return cmp.Or(w.Poor, 25) }
func (w Watch) bad() int64            { return cmp.Or(w.Bad, 5) }

// Standing is what is known of the numbers that begin alike.
type Standing struct {
	Prefix   string     // "+8613800"
	Sent     int64      // codes sent in the window, but for the last minutes
	Verified int64      // codes that came back
	Mode     Mode       //
	Until    kyc.Millis // a closed prefix stays so until then at least
}

// slot counts one code in the running slot.
func (l Limits) slot(tenant kyc.TenantID, key string, now time.Time) kyc.Write {
	return kyc.TakeBudget{Tenant: tenant, Key: key, Start: kyc.At(now.UTC().Truncate(slotLength)), Window: slotLength,
		Limit: math.MaxInt64, Keep: l.Watch.window()}
}

// standing adds up the slots of a prefix since it was last re-opened.
func (l Limits) standing(prefix string, counts []kyc.BudgetCount, now time.Time) Standing {
	s := Standing{Prefix: prefix, Mode: Free}
	since, running := kyc.At(now.Add(-l.Watch.window())), kyc.At(now.UTC().Truncate(slotLength))
	for _, c := range counts {
		if c.Key == keyReleased+"prefix."+prefix {
			since = max(since, c.Start)
		}
	}
	var slots []kyc.BudgetCount
	for _, c := range counts {
		switch {
		case c.Start < since:
		case c.Key == keyVerified+prefix:
			s.Verified += c.Used
		case c.Key == keySent+prefix && c.Start < running:
			s.Sent += c.Used
			slots = append(slots, c)
		}
	}
	switch {
	case s.Sent < l.Watch.least():
	case s.Sent >= 2*l.Watch.least() && s.Verified*100 < s.Sent*l.Watch.bad():
		s.Mode, s.Until = Later, l.leaves(slots, s.Sent)
	case s.Verified*100 < s.Sent*l.Watch.poor():
		s.Mode = HumanFirst
	}
	return s
}

// leaves tells when so many slots will have left the window that a closed prefix
// opens again if nothing comes back.
func (l Limits) leaves(slots []kyc.BudgetCount, sent int64) kyc.Millis {
	slices.SortFunc(slots, func(a, b kyc.BudgetCount) int { return cmp.Compare(a.Start, b.Start) })
	for _, slot := range slots {
		if sent -= slot.Used; sent < 2*l.Watch.least() {
			return kyc.At(slot.Start.Time().Add(l.Watch.window()))
		}
	}
	return 0
}
