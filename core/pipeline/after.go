package pipeline

import (
	"context"
	"slices"

	"github.com/paifang/paifang/core/kyc"
)

// after brings a run up to what its change has just been committed as, so that
// its view need not read again what this request has read and written itself.
// The change had a version check: nobody else wrote in between.
func (u *run) after(change kyc.Change) {
	for _, w := range change {
		switch w := w.(type) {
		case kyc.UpdateApplication:
			u.app = w.Application
			u.app.Version = w.Expect + 1
			u.stored = u.app
		case kyc.SaveStep:
			u.records[w.Step] = w.StepRecord
		case kyc.SaveIdentifier:
			i := slices.IndexFunc(u.identifiers, func(id kyc.Identifier) bool { return id.ID == w.ID })
			if i < 0 {
				u.identifiers = append(u.identifiers, w.Identifier)
				continue
			}
			u.identifiers[i] = w.Identifier
		case kyc.SaveMessage:
			u.messages = slices.Insert(slices.Clone(u.messages), 0, w.Message)
		case kyc.SaveChallenge:
			if w.Expect < 0 {
				u.sent = &w.Challenge
			}
		case kyc.SetIdentifiers:
			for i, id := range u.identifiers {
				if slices.Contains(w.From, id.State) {
					u.identifiers[i].State, u.identifiers[i].Updated = w.To, w.At
				}
			}
		}
	}
}

// apply commits a change and is then as it says.
func (u *run) apply(ctx context.Context, change kyc.Change) error {
	for i, w := range change {
		if update, is := w.(kyc.UpdateApplication); is && update.ID == u.stored.ID && update.Expect == u.stored.Version {
			was := u.stored
			update.Was = &was
			change[i] = update
		}
	}
	err := u.p.Store.Commit(ctx, u.app.Tenant, change)
	if err == nil {
		u.after(change)
	}
	return err
}
