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
	flow        *kyc.Flow
	records     map[kyc.StepID]kyc.StepRecord
	answers     kyc.Answers
	identifiers []kyc.Identifier
	client      Client
	actor       kyc.Actor
	now         kyc.Millis
	fresh       bool   // it has just been started: nothing was sent yet
	moved       bool   // the application asked for was given up for this one
	holder      []byte // hash of the token that opened it

	short []kyc.Problem // what this request fell short of
}

// load reads an application for its holder. Whoever has no valid token for it
// learns nothing, not even that it exists.
func (p *Pipeline) load(ctx context.Context, r Ref) (*run, error) {
	id, err := p.held(ctx, r)
	if err != nil {
		return nil, err
	}
	u, err := p.loadTrusted(ctx, r.Tenant, id)
	if err != nil {
		return nil, err
	}
	u.moved = id != r.Application
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
func (p *Pipeline) held(ctx context.Context, r Ref) (kyc.ApplicationID, error) {
	refuse := kyc.EKey(kyc.Unauthorized, "error.holder", "no valid holder token")
	tenant, ok := TokenTenant(r.Token)
	if !ok || tenant != r.Tenant {
		return "", refuse
	}
	h, err := p.Store.Holder(ctx, r.Tenant, vault.HashToken(r.Token))
	if errors.Is(err, kyc.E(kyc.NotFound, "")) {
		return "", refuse
	}
	if err != nil {
		return "", err
	}
	if h.Expires.Time().Before(p.Clock()) {
		return "", refuse
	}
	if subtle.ConstantTimeCompare([]byte(h.Application), []byte(r.Application)) == 1 {
		return h.Application, nil
	}
	asked, err := p.Store.Application(ctx, r.Tenant, r.Application)
	if errors.Is(err, kyc.E(kyc.NotFound, "")) || (err == nil && asked.Successor != h.Application) {
		return "", refuse
	}
	return h.Application, err
}

// loadTrusted reads an application for the core itself (jobs, decisions).
func (p *Pipeline) loadTrusted(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (*run, error) {
	app, err := p.Store.Application(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	flow, err := p.Markets.Flow(ctx, app.Market, app.Provider)
	if err != nil {
		return nil, err
	}
	u := &run{p: p, app: app, flow: flow, now: kyc.At(p.Clock()),
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
	records, err := p.Store.Steps(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	for _, rec := range records {
		u.records[rec.Step] = rec
		values, err := u.open(ctx, kyc.OfStep(kyc.SealedStepValues, rec.Step), rec.Values)
		if err != nil {
			return nil, err
		}
		if values != nil {
			u.answers[rec.Step] = values
		}
	}
	u.identifiers, err = p.Store.Identifiers(ctx, tenant, id)
	return u, err
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
