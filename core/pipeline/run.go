package pipeline

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

// run is one application loaded for one request: the rows, the market's flow
// and the answers in clear.
type run struct {
	p           *Pipeline
	app         kyc.Application
	stored      kyc.Application // as it was read, or committed last
	flow        *kyc.Flow
	records     map[kyc.StepID]kyc.StepRecord
	answers     kyc.Answers
	identifiers []kyc.Identifier
	client      Client
	actor       kyc.Actor
	now         kyc.Millis
	messages    []kyc.Message  // the newest ten, newest first
	sent        *kyc.Challenge // what this request sent itself
	moved       bool           // the application asked for was given up for this one
	holder      []byte         // hash of the token that opened it

	short []kyc.Problem // what this request fell short of
}

// load reads an application for its holder. Whoever has no valid token for it
// learns nothing, not even that it exists.
func (p *Pipeline) load(ctx context.Context, r Ref) (*run, error) {
	whole, err := p.held(ctx, r)
	if err != nil {
		return nil, err
	}
	u, err := p.opened(ctx, whole)
	if err != nil {
		return nil, err
	}
	u.moved = u.app.ID != r.Application
	u.client, u.holder = r.Client, vault.HashToken(r.Token)
	u.actor = kyc.Actor{Kind: "applicant", ID: string(u.app.Applicant)}
	return u, nil
}

// loadToWrite is load for whoever does something to the application. One that was
// given up for an elder one is read through and nothing else: Conflict
// ("error.application_moved"), so that nobody does to the elder one what they
// meant for the other.
func (p *Pipeline) loadToWrite(ctx context.Context, r Ref) (*run, error) {
	u, err := p.load(ctx, r)
	if err == nil && u.moved {
		return nil, movedTo(u.app.ID)
	}
	return u, err
}

func movedTo(id kyc.ApplicationID) error {
	return kyc.EKey(kyc.Conflict, "error.application_moved", "the member goes on in application %s", id)
}

// held is the application that a token opens: the one asked for, or the older
// one of the same member for which it was given up.
func (p *Pipeline) held(ctx context.Context, r Ref) (kyc.Whole, error) {
	refuse := kyc.EKey(kyc.Unauthorized, "error.holder", "no valid holder token")
	tenant, ok := TokenTenant(r.Token)
	if !ok || tenant != r.Tenant {
		return kyc.Whole{}, refuse
	}
	h, asked, err := p.Store.Held(ctx, r.Tenant, vault.HashToken(r.Token), r.Application)
	if errors.Is(err, kyc.E(kyc.NotFound, "")) {
		return kyc.Whole{}, refuse
	}
	if err != nil {
		return kyc.Whole{}, err
	}
	if h.Expires.Time().Before(p.Clock()) {
		return kyc.Whole{}, refuse
	}
	if subtle.ConstantTimeCompare([]byte(h.Application), []byte(r.Application)) == 1 && asked.Application.ID == h.Application {
		return asked, nil
	}
	if asked.Application.ID == "" || asked.Application.Successor != h.Application {
		return kyc.Whole{}, refuse
	}
	return p.Store.Whole(ctx, r.Tenant, h.Application)
}

// loadTrusted reads an application for the core itself (jobs, decisions).
func (p *Pipeline) loadTrusted(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (*run, error) {
	whole, err := p.Store.Whole(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return p.opened(ctx, whole)
}

// opened opens the rows of an application.
func (p *Pipeline) opened(ctx context.Context, whole kyc.Whole) (*run, error) {
	app := whole.Application
	flow, err := p.Markets.Flow(ctx, app.Market, app.Provider)
	if err != nil {
		return nil, err
	}
	u := &run{p: p, app: app, stored: app, flow: flow, now: kyc.At(p.Clock()), identifiers: whole.Identifiers, messages: whole.Messages,
		records: map[kyc.StepID]kyc.StepRecord{}, answers: kyc.Answers{},
		actor: kyc.Actor{Kind: "system", ID: "pipeline"}}
	way, ok := flow.Way(app.Way)
	if !ok && app.State.Fillable() {
		// Without its way the plan would lack steps: better not now than past them.
		return nil, kyc.E(kyc.Unavailable, "market %s has lost a way", app.Market)
	}
	if app.Way == "" && way != "" { // it began before the market had ways
		app.Way, u.app.Way = way, way
	}
	if app.Way != "" {
		u.answers[kyc.StartStep] = kyc.Values{kyc.WayField: app.Way}
	}
	for _, rec := range whole.Steps {
		u.records[rec.Step] = rec
		values, err := u.open(ctx, kyc.OfStep(kyc.SealedStepValues, rec.Step), rec.Values)
		if err != nil {
			return nil, err
		}
		if values != nil {
			u.answers[rec.Step] = values
		}
	}
	return u, nil
}

// seal turns values into a sealed column; nil stays nil.
func (u *run) seal(ctx context.Context, column string, values kyc.Values) ([]byte, error) {
	if len(values) == 0 {
		return nil, nil
	}
	plain, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	return u.p.Vault.Seal(ctx, u.app.Tenant, u.app.Applicant, column, plain)
}

func (u *run) open(ctx context.Context, column string, sealed []byte) (kyc.Values, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	plain, err := u.p.Vault.Unseal(ctx, u.app.Tenant, u.app.Applicant, column, sealed)
	if err != nil {
		return nil, err
	}
	values := kyc.Values{}
	if json.Unmarshal(plain, &values) != nil {
		return nil, kyc.E(kyc.Internal, "column %s does not decode", column) // the decoder's words may hold values
	}
	return values, nil
}

// sealText and openText are for columns that hold one text.
func (u *run) sealText(ctx context.Context, column, text string) ([]byte, error) {
	return u.p.Vault.Seal(ctx, u.app.Tenant, u.app.Applicant, column, []byte(text))
}

func (u *run) openText(ctx context.Context, column string, sealed []byte) (string, error) {
	plain, err := u.p.Vault.Unseal(ctx, u.app.Tenant, u.app.Applicant, column, sealed)
	return string(plain), err
}

// TokenTenant tells the tenant that a holder token names ("ht.<tenant>.<secret>").
func TokenTenant(token string) (kyc.TenantID, bool) {
	tenant, _, ok := credential.ParseToken(credential.HolderToken, token)
	return tenant, ok
}
