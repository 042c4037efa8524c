package pipeline

import (
	"context"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// RemindBefore is how long before its end an application that is not finished is
// reminded of; of a short one in the middle of its life.
const RemindBefore = 3 * 24 * time.Hour

func remindAt(app kyc.Application) kyc.Millis {
	before := kyc.Millis(RemindBefore / time.Millisecond)
	return app.Expires - min(before, (app.Expires-app.Created)/2)
}

// Remind tells an applicant that the application expires soon, with a link back
// to it; the sweep calls it for those that are due. It writes once for every term: that it did stands in
// the application and is committed with the message. It does nothing when the
// application went on, is not due, or has no contact that was proved.
func (p *Pipeline) Remind(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) error {
	for try := 0; ; try++ {
		u, err := p.loadTrusted(ctx, tenant, id)
		if err != nil {
			return err
		}
		if !u.app.State.Fillable() || u.app.Reminded != 0 || u.now < remindAt(u.app) || u.now >= u.app.Expires {
			return nil
		}
		if err = u.remind(ctx); raced(err) && try < 4 {
			continue
		}
		return err
	}
}

func (u *run) remind(ctx context.Context) error {
	app := u.app
	app.Reminded = u.now
	change := kyc.Change{kyc.UpdateApplication{Application: app, Expect: app.Version}}
	note, err := u.notify(ctx, contact.TemplateReminder)
	if err != nil {
		return err
	}
	if len(note) > 0 {
		change = append(append(change, note...), u.line(audit.ApplicationReminded, nil))
	}
	return u.p.Store.Commit(ctx, app.Tenant, change)
}
