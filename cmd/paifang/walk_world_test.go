package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"image"
	"image/jpeg"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/tenant"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/dev"
)

// estate is what a tenant of the walk has: something of each kind that a route
// can name, and somebody of each kind who can ask.
type estate struct {
	tenant kyc.TenantID
	ids    map[string]string // by parameter
	tokens map[string]string // by who has it: a kind of caller, or a role
}

// village is a gateway with all its doors and three tenants: two that have
// everything, and the platform's.
type village struct {
	*gateway
	t            *testing.T
	data         string
	base         string
	mine, others *estate
	platform     *estate
}

// officerRole is who of the staff may most.
const officerRole = "compliance_officer"

const mineTenant, othersTenant kyc.TenantID = "north", "south"

// newVillage serves on a port of its own.
func newVillage(t *testing.T, database string) *village {
	t.Helper()
	data, port := t.TempDir(), freePort(t)
	signer, err := demoSigner(data + "/signer")
	ok(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	g, err := open(ctx, options{
		Serving: Serving{Storage: Storage{Data: data, DatabaseURL: database, cost: noCost()}, Listen: "127.0.0.1:" + port,
			BaseURL: "https://id.example", Providers: builtProviders(t)}, // as behind a proxy with TLS
		limits: demoLimits(), starts: 1 << 30, furnish: func(h *house) error { return found(ctx, h) },
		development: &dev.Config{Mailbox: t.TempDir(), Signer: signer, KeyID: demoKeyID, Issuer: demoIssuer, Tenant: mineTenant,
			Audience: func(kyc.TenantID) string { return "x" }, Keys: map[kyc.TenantID]string{mineTenant: "pk_test_north"}, Random: rand.Reader, Clock: time.Now},
	}, slog.New(slog.DiscardHandler))
	ok(t, err)
	ended := make(chan error, 1)
	go func() { ended <- g.serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		ok(t, <-ended)
	})
	v := &village{gateway: g, t: t, data: data, base: "http://127.0.0.1:" + port}
	v.mine, v.others, v.platform = v.settle(mineTenant), v.settle(othersTenant), v.staffed(policies.OperatorTenant)
	ok(t, g.sealer.SealAll(ctx)) // a record that is empty is given out to nobody
	return v
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// found makes the tenants.
func found(ctx context.Context, h *house) error {
	legal, err := fs.Sub(demoTexts, "demo")
	if err != nil {
		return err
	}
	for id, markets := range map[kyc.TenantID][]kyc.MarketID{mineTenant: {"overseas"}, othersTenant: {"overseas", "crossborder"}, policies.OperatorTenant: {"overseas"}} {
		plan := tenant.Plan{Tenant: kyc.Tenant{ID: id, Name: "Market", Support: "help@" + string(id) + ".example", TestMode: true, Locales: kyc.LocaleList{"en"}}}
		for _, m := range markets {
			plan.Markets = append(plan.Markets, kyc.TenantMarket{Tenant: id, Market: m, Enabled: true, Config: []byte("{}")})
		}
		if plan.Legal, err = legalTexts(legal, id, plan.Tenant.Locales, "2026-11"); err != nil {
			return err
		}
		if err := h.office.Found(ctx, plan); err != nil {
			return err
		}
		if err := h.office.AdmitKey(ctx, id, tenant.Publishable, "pk_test_"+string(id), true); err != nil {
			return err
		}
	}
	return nil
}

func (v *village) commit(tenant kyc.TenantID, change ...kyc.Write) {
	v.t.Helper()
	ok(v.t, v.store.Commit(v.t.Context(), tenant, change))
}

// session opens one for a subject, changed as said.
func (v *village) session(kind string, tenant kyc.TenantID, subject string, change func(*kyc.Session)) (token, id string) {
	v.t.Helper()
	token, save, err := credential.NewSession(rand.Reader, kind, tenant, subject, time.Now())
	ok(v.t, err)
	save.ID = newID()
	change(&save.Session)
	v.commit(tenant, save)
	return token, save.ID
}

func asIs(*kyc.Session) {}

// staffed hires somebody of each role, and somebody who has left.
func (v *village) staffed(id kyc.TenantID) *estate {
	v.t.Helper()
	e := &estate{tenant: id, ids: map[string]string{"tenant": string(id)}, tokens: map[string]string{}}
	for _, role := range policies.Roles() {
		for _, state := range []string{kyc.StaffActive, "disabled"} {
			s := kyc.Staff{Tenant: id, ID: kyc.StaffID(newID()), Login: role + "." + state, Name: "Somebody", Role: role, Hash: "x", Locale: "en", State: state}
			v.commit(id, kyc.SaveStaff{Staff: s})
			token, _ := v.session(credential.KindStaff, id, string(s.ID), asIs)
			if state != kyc.StaffActive {
				e.tokens["gone "+role] = token
				continue
			}
			e.tokens[role] = token
			e.tokens["stale "+role], _ = v.session(credential.KindStaff, id, string(s.ID), func(s *kyc.Session) {
				s.Fresh -= kyc.Millis(time.Hour / time.Millisecond)
			})
			e.tokens["half "+role], _ = v.session(credential.KindSecond, id, string(s.ID), asIs)
			e.tokens["ended "+role], _ = v.session(credential.KindStaff, id, string(s.ID), func(s *kyc.Session) { s.Expires = s.Created })
			if role == officerRole {
				_, e.ids["session"] = v.session(credential.KindStaff, id, string(s.ID), asIs)
				e.ids["factor"] = v.factor(s)
				e.ids["passkey"] = e.ids["factor"] // which no account holder has
			}
			if role == "viewer" {
				e.ids["staff"] = string(s.ID)
			}
		}
	}
	return e
}

// factor adds an authenticator app.
func (v *village) factor(s kyc.Staff) string {
	v.t.Helper()
	ctx, k := v.t.Context(), &factor.Keeper{Store: v.store, Vault: v.vault, Clock: time.Now, IDs: newID, Random: rand.Reader}
	offer, err := k.OfferTOTP(ctx, factor.Staff(s), "Market", s.Login, "")
	ok(v.t, err)
	code, err := factor.CodeAt(strings.ReplaceAll(offer.Secret, " ", ""), time.Now().Unix()/30)
	ok(v.t, err)
	change, err := k.AddTOTP(ctx, factor.Staff(s), offer.Ticket, code, "Phone")
	ok(v.t, err)
	ok(v.t, v.store.Commit(ctx, s.Tenant, change))
	has, err := k.Of(ctx, factor.Staff(s))
	ok(v.t, err)
	return has.Factors[0].ID
}

// settle gives a tenant all the rest: people, what they applied for, and links.
func (v *village) settle(id kyc.TenantID) *estate {
	v.t.Helper()
	e := v.staffed(id)
	role := kyc.Role{Tenant: id, ID: kyc.OwnRole + string(id), Version: 1, Name: "Night shift", State: kyc.RoleActive, By: "x", At: kyc.At(time.Now()),
		Rules: []kyc.RoleRule{{Permission: "case.read", Markets: kyc.TextList{"*"}, Classes: kyc.TextList{"*"}, Risks: kyc.TextList{"*"}}}}
	v.commit(id, kyc.SaveRole{Role: role})
	e.ids["role"] = role.ID
	e.tokens["key"] = "pk_test_" + string(id)
	_, e.tokens["stranger"] = v.start(id)
	for name, value := range map[string]string{"market": "overseas", "step": "document", "requirement": "passport", "side": "data_page",
		"document": "terms", "messenger": "twilio"} {
		e.ids[name] = value
	}
	v.applied(e)
	v.invited(e)
	v.keyed(e)
	return e
}

// invited has somebody who did not come yet, and somebody who forgot the password.
func (v *village) invited(e *estate) {
	v.t.Helper()
	s := kyc.Staff{Tenant: e.tenant, ID: kyc.StaffID(newID()), Login: "nora@example.com", Name: "Somebody", Role: "viewer", Locale: "en", State: kyc.StaffInvited}
	v.commit(e.tenant, kyc.SaveStaff{Staff: s})
	for name, link := range map[string]kyc.StaffLink{"invitation": {Staff: s.ID, Purpose: letter.ToJoin}, "password": {Staff: kyc.StaffID(e.ids["staff"]), Purpose: letter.ToReset}} {
		link.Tenant, link.Created, link.Expires = e.tenant, kyc.At(time.Now()), kyc.At(time.Now().Add(time.Hour))
		e.ids[name] = newToken()
		link.Hash = contact.HashToken(e.ids[name])
		v.commit(e.tenant, kyc.SaveStaffLink{StaffLink: link})
	}
}

// keyed has an API key and a marketplace's.
func (v *village) keyed(e *estate) {
	v.t.Helper()
	key := kyc.APIKey{Tenant: e.tenant, ID: kyc.KeyID(newID()), Kind: tenant.Secret, Hash: []byte("x" + e.tenant), Created: kyc.At(time.Now())}
	signer := kyc.AssertionKey{Tenant: e.tenant, KeyID: "key-of-" + string(e.tenant), Issuer: "x", Public: make([]byte, 32)}
	v.commit(e.tenant, kyc.SaveAPIKey{APIKey: key}, kyc.SaveAssertionKey{AssertionKey: signer})
	e.ids["key"], e.ids["signer"] = string(key.ID), signer.KeyID
}

// start begins an application as a client of the API does.
func (v *village) start(id kyc.TenantID) (kyc.Application, string) {
	v.t.Helper()
	var begun struct {
		ID    kyc.ApplicationID
		Token string `json:"holder_token"`
	}
	a := v.ask(call{method: "POST", path: "/api/v1/applications", bearer: "pk_test_" + string(id), json: `{"market":"overseas"}`})
	ok(v.t, json.Unmarshal([]byte(a.body), &begun))
	app, err := v.store.Application(v.t.Context(), id, begun.ID)
	ok(v.t, err)
	return app, begun.Token
}

// applied takes an application into review, with a file, a case, and an account
// and links that hang on it.
func (v *village) applied(e *estate) {
	v.t.Helper()
	id, now := e.tenant, kyc.At(time.Now())
	later := now + kyc.Millis(time.Hour/time.Millisecond)
	app, holder := v.start(id)
	e.tokens["holder"], e.ids["application"] = holder, string(app.ID)
	files := evidence.New(evidence.Config{Vault: v.vault, Blobs: v.blobs, Files: v.store.Files, Clock: time.Now, IDs: newID})
	file, problems, err := files.Take(v.t.Context(), evidence.Upload{Tenant: id, Applicant: app.Applicant, Application: app.ID,
		Requirement: "passport", Side: "data_page"}, bytes.NewReader(snowscape(v.t)))
	if err != nil || len(problems) > 0 {
		v.t.Fatal(err, problems)
	}
	seal := func(column, plain string) []byte {
		sealed, err := v.vault.Seal(v.t.Context(), id, app.Applicant, column, []byte(plain))
		ok(v.t, err)
		return sealed
	}
	step := kyc.StepRecord{Tenant: id, Application: app.ID, Step: "document", State: kyc.StepDone, Provider: app.Provider, Updated: now,
		Values: seal(kyc.OfStep(kyc.SealedStepValues, "document"), `{"document_kind":"passport","document_number":"X1"}`)}
	name := kyc.Identifier{Tenant: id, ID: kyc.IdentifierID(newID()), Applicant: app.Applicant, Application: app.ID, Step: "contact", Kind: "phone",
		Index: []byte("x"), Sealed: seal(kyc.SealedIdentifier, "+8613800138000"), State: kyc.Bound, Updated: now}
	c := kyc.Case{Tenant: id, ID: kyc.CaseID(newID()), Application: app.ID, Applicant: app.Applicant, Market: app.Market, Locale: "en",
		State: kyc.CaseOpen, Version: 1, Risk: "medium", Opened: now, Due: later}
	account := kyc.Account{Tenant: id, ID: kyc.AccountID(newID()), Applicant: app.Applicant, Application: app.ID, Market: app.Market,
		Tier: "wallet", State: "active", Locale: "en", Created: now}
	change := kyc.Change{kyc.SaveFile{File: file}, kyc.SaveIdentifier{Identifier: name}, kyc.SaveStep{StepRecord: step}, kyc.SaveCase{Case: c}, kyc.CreateAccount{Account: account}}
	for link, purpose := range map[string]string{"link": contact.PurposeReturn, "handover": contact.PurposeResume, "recover": contact.PurposeRecover, "stop": contact.PurposeStop, "freeze": contact.PurposeFreeze} {
		token, hash, err := contact.NewToken(rand.Reader)
		ok(v.t, err)
		l := kyc.Challenge{Tenant: id, ID: kyc.ChallengeID(newID()), Application: app.ID, Applicant: app.Applicant, Step: kyc.StepID("of " + link), Purpose: purpose,
			Identifier: name.ID, Channel: kyc.Phone, LinkHash: hash, CodeHash: hash, State: kyc.ChallengePending, Sends: 1, Created: now, Expires: later}
		change = append(change, kyc.SaveChallenge{Challenge: l, Expect: -1})
		e.ids[link], e.ids["challenge"] = token, string(l.ID)
	}
	app.State = kyc.InReview
	v.commit(id, append(change, kyc.UpdateApplication{Application: app, Expect: app.Version})...)
	e.ids["person"] = string(app.Applicant)
	x := kyc.Export{Tenant: id, ID: newID(), Applicant: app.Applicant, Application: app.ID, Account: account.ID, State: kyc.ExportReady, Asked: now, Ready: now, Expires: later}
	archive := x.File()
	ok(v.t, files.Keep(v.t.Context(), &archive, strings.NewReader("PK")))
	x.Original, x.Key, x.Size = archive.Original, archive.Key, archive.Size
	v.commit(id, kyc.SaveExport{Export: x})
	e.ids["export"] = x.ID
	e.ids["case"], e.ids["file"] = string(c.ID), string(file.ID)
	e.tokens["account"], _ = v.session(credential.KindAccount, id, string(account.ID), asIs)
	e.tokens["ended account"], _ = v.session(credential.KindAccount, id, string(account.ID), func(s *kyc.Session) { s.Expires = s.Created })
}

// snowscape is a picture that is large enough for a document.
func snowscape(t *testing.T) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 1200, 850))
	_, _ = rand.Read(img.Pix[:4096])
	var b bytes.Buffer
	ok(t, jpeg.Encode(&b, img, nil))
	return b.Bytes()
}
