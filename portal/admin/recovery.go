package admin

import (
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review/words"
)

// recoveryData is the account that a recovery request is about: what was proved
// of it and what not, and what it was opened with.
type recoveryData struct {
	Found, Known, Frozen   bool
	Account, Short, Market string
	Number                 string // agrees, differs, or "" when there is none to compare with
	Granted, Sent          bool   // the second person agreed; the waiting time is over
	Opens                  moment
	Contested              bool
	Stopped                moment
	Others                 []otherRow
	Steps                  []stepData
	Docs                   []docData
}

// otherRow is another request about the same account.
type otherRow struct {
	Case, Short, State string
	Found              moment
	Contested          bool
}

func (s showing) recovery() *recoveryData {
	if s.v.Application.Market != kyc.RecoveryMarket {
		return nil
	}
	a := s.v.Account
	if a == nil {
		return &recoveryData{}
	}
	data := &recoveryData{Found: true, Known: a.Known, Frozen: a.State != "active", Account: string(a.ID), Short: short(string(a.ID)),
		Market: words.Label(s.p, a.Market, string(a.Account.Market)), Number: a.Number,
		Granted: a.Opens > 0, Sent: !a.Opens.Time().After(s.k.now), Opens: s.k.at(a.Opens), Contested: a.Stopped > 0, Stopped: s.k.at(a.Stopped),
		Steps: s.steps(a.Steps), Docs: s.documents(a.Documents)}
	for _, x := range a.Others {
		data.Others = append(data.Others, otherRow{Case: string(x.Case), Short: short(string(x.Application)), State: string(x.State),
			Found: s.k.at(x.Recovery.Found), Contested: x.Stopped > 0})
	}
	return data
}
