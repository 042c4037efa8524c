package pipeline

import (
	"context"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// wayOf finds a way into a market by its id, "" for the default.
func wayOf(flow *kyc.Flow, id string) (string, error) {
	way, ok := flow.Way(id)
	if !ok {
		return "", kyc.EKey(kyc.Invalid, "error.way_unknown", "market %s has no such way", flow.Market)
	}
	return way, nil
}

// choosable tells whether the person may still take another way: nothing has
// been finished on this one.
func (u *run) choosable() bool {
	for _, rec := range u.records {
		if rec.State == kyc.StepDone || rec.State == kyc.StepAgain {
			return false
		}
	}
	return u.app.State == kyc.Open && len(u.flow.Ways) > 1
}

// otherWays are the ways that may be taken instead.
func (u *run) otherWays() []kyc.Way {
	var ways []kyc.Way
	for _, w := range u.flow.Ways {
		if w.ID != u.app.Way && u.choosable() {
			ways = append(ways, w)
		}
	}
	return ways
}

// Choose takes another way into the market. What was claimed on the first is
// given up.
func (p *Pipeline) Choose(ctx context.Context, r Ref, id string) (*View, error) {
	return p.persist(ctx, r, func(u *run) error {
		way, err := wayOf(u.flow, id)
		if err != nil || way == u.app.Way {
			return err
		}
		if !u.choosable() {
			return kyc.EKey(kyc.Conflict, "error.step_order", "a step is done already")
		}
		if err := u.promised(ctx, u.flow.Version); err != nil { // it may not know the way
			return err
		}
		app := u.app
		app.Way, app.Updated = way, u.now
		change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version},
			kyc.SetIdentifiers{Tenant: app.Tenant, Application: app.ID, From: []kyc.IdentifierState{kyc.Claimed}, To: kyc.Released, At: u.now},
			u.line(audit.ApplicationWay, map[string]string{"way": way})}
		for id, rec := range u.records {
			if rec.State == kyc.StepProving || rec.State == kyc.StepAside {
				rec.State, rec.Problems, rec.Updated = kyc.StepTodo, nil, u.now
				change = append(change, kyc.SaveStep{StepRecord: rec}, kyc.KillChallenges{Tenant: app.Tenant, Application: app.ID, Step: id})
			}
		}
		return p.Store.Commit(ctx, r.Tenant, change)
	})
}
