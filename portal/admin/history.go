package admin

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/review/words"
	"github.com/paifang/paifang/locales"
)

// eventRow is a line of the audit record in words.
type eventRow struct {
	At     moment
	By     string
	Kind   string // of the actor
	Action string // in words
	Name   string // as recorded
	Object string
	Short  string
	Kinds  string // of the object
	Detail []detail
	Times  int // equal things done in a row
	Seq    int64
}

type detail struct{ Name, Value string }

// history words the lines; the same thing done by the same person within some
// minutes (a page with six pictures leaves six lines) is told once, with what
// each check said.
func (s showing) history() []eventRow {
	var out []eventRow
	var last kyc.AuditLine
	for _, e := range s.v.History {
		if n := len(out); n > 0 && last.Action == e.Action && last.Actor == e.Actor &&
			repeats(e.Action) && last.At.Time().Sub(e.At.Time()) < 10*time.Minute {
			out[n-1].Times++
			if e.Action == audit.CheckFinished {
				out[n-1].Detail = append(out[n-1].Detail, event(s.p, s.k, e).Detail...)
			}
			last.At = e.At
			continue
		}
		out = append(out, event(s.p, s.k, e))
		last = e.AuditLine
	}
	return out
}

func repeats(action string) bool {
	return action == audit.DocumentViewed || action == audit.CheckFinished
}

func event(p *locales.Printer, k clockwork, e review.Event) eventRow {
	r := eventRow{Seq: e.Seq, At: k.at(e.At), By: e.By, Kind: e.Actor.Kind, Name: e.Action, Times: 1,
		Action: words.Action(p, e.Action), Object: e.ObjectID, Short: short(e.ObjectID), Kinds: words.Object(p, e.ObjectKind)}
	if e.Action == audit.CheckFinished {
		said := words.Label(p, "admin.check.result."+e.Detail["result"], e.Detail["result"])
		r.Detail = []detail{{words.Check(p, e.Detail["check"]), strings.Join([]string{said, words.Source(p, e.Detail["source"])}, " · ")}}
		return r
	}
	for _, name := range slices.Sorted(maps.Keys(e.Detail)) {
		if e.Detail[name] == "" {
			continue
		}
		r.Detail = append(r.Detail, detail{name, detailValue(p, name, e.Detail[name])})
	}
	return r
}

// detailValue words what has words and shortens digests.
func detailValue(p *locales.Printer, name, value string) string {
	switch {
	case name == "why":
		return words.Label(p, "admin.why."+value, value)
	case name == "outcome":
		return words.Label(p, "admin.outcome."+value, value)
	case name == "evidence" && len(value) > 12:
		return value[:12]
	}
	return value
}
