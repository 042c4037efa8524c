package credential_test

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
)

var cheap = credential.Cost{Memory: 64, Time: 1, Threads: 1}

type prf struct{}

func (prf) Index(_ context.Context, tenant kyc.TenantID, class, canonical string) ([]byte, error) {
	mac := hmac.New(sha256.New, []byte(tenant))
	fmt.Fprintf(mac, "%d:%s%s", len(class), class, canonical)
	return mac.Sum(nil), nil
}

// house is a Store in memory with the conditions that matter here.
type house struct {
	identifiers map[string]kyc.Identifier // kind and index
	credentials map[kyc.ApplicantID][]kyc.Credential
	accounts    map[kyc.AccountID]kyc.Account
	staff       map[string]kyc.Staff // tenant and login
	sessions    map[string]kyc.Session
	budgets     map[string]int64
	codes       map[string]kyc.SignInCode
	messages    []kyc.Message
	jobs        []kyc.Job
	told        []string // events
	audit       []kyc.AuditLine
}

func (h *house) BoundIdentifier(_ context.Context, tenant kyc.TenantID, kind string, index []byte) (kyc.Identifier, error) {
	if id, ok := h.identifiers[string(tenant)+kind+string(index)]; ok {
		return id, nil
	}
	return kyc.Identifier{}, kyc.E(kyc.NotFound, "no identifier")
}

func (h *house) Credentials(_ context.Context, _ kyc.TenantID, a kyc.ApplicantID) ([]kyc.Credential, error) {
	return h.credentials[a], nil
}

func (h *house) Account(_ context.Context, _ kyc.TenantID, id kyc.AccountID) (kyc.Account, error) {
	if a, ok := h.accounts[id]; ok {
		return a, nil
	}
	return kyc.Account{}, kyc.E(kyc.NotFound, "no account")
}

func (h *house) Session(_ context.Context, tenant kyc.TenantID, hash []byte, kind string) (kyc.Session, error) {
	if s, ok := h.sessions[string(tenant)+kind+string(hash)]; ok {
		return s, nil
	}
	return kyc.Session{}, kyc.E(kyc.NotFound, "no session")
}

func (h *house) StaffByLogin(_ context.Context, tenant kyc.TenantID, login string) (kyc.Staff, error) {
	if s, ok := h.staff[string(tenant)+login]; ok {
		return s, nil
	}
	return kyc.Staff{}, kyc.E(kyc.NotFound, "no staff")
}

func (h *house) Staff(_ context.Context, tenant kyc.TenantID, id kyc.StaffID) (kyc.Staff, error) {
	for _, s := range h.staff {
		if s.Tenant == tenant && s.ID == id {
			return s, nil
		}
	}
	return kyc.Staff{}, kyc.E(kyc.NotFound, "no staff")
}

func (h *house) SignInCode(_ context.Context, _ kyc.TenantID, id string) (kyc.SignInCode, error) {
	if c, ok := h.codes[id]; ok {
		return c, nil
	}
	return kyc.SignInCode{}, kyc.E(kyc.NotFound, "no code")
}

func (h *house) SignInCodeByToken(_ context.Context, _ kyc.TenantID, hash []byte) (kyc.SignInCode, error) {
	for _, c := range h.codes {
		if string(c.Token) == string(hash) {
			return c, nil
		}
	}
	return kyc.SignInCode{}, kyc.E(kyc.NotFound, "no code")
}

func (h *house) SessionsOf(_ context.Context, _ kyc.TenantID, kind, subject string) (list []kyc.Session, _ error) {
	for _, s := range h.sessions {
		if s.Kind == kind && s.Subject == subject {
			list = append(list, s)
		}
	}
	return list, nil
}

func (h *house) AccountIdentifiers(_ context.Context, _ kyc.TenantID, id kyc.AccountID) (list []kyc.Identifier, _ error) {
	for _, i := range h.identifiers {
		if i.Account == id {
			list = append(list, i)
		}
	}
	return list, nil
}

func (h *house) SendingRules(context.Context, kyc.TenantID) (kyc.SendingRules, error) {
	return kyc.SendingRules{}, kyc.E(kyc.NotFound, "none of its own")
}

func (h *house) BudgetCounts(_ context.Context, tenant kyc.TenantID, keys []string, _ kyc.Millis) (list []kyc.BudgetCount, _ error) {
	for _, key := range keys {
		for full, used := range h.budgets {
			var start kyc.Millis
			if rest, ok := strings.CutPrefix(full, fmt.Sprint(tenant, key, " ")); ok {
				if _, err := fmt.Sscan(rest, &start); err == nil {
					list = append(list, kyc.BudgetCount{Key: key, Start: start, Used: used})
				}
			}
		}
	}
	return list, nil
}

func (h *house) BudgetSums(context.Context, kyc.TenantID, string, kyc.Millis, kyc.Millis, int64, int) ([]kyc.BudgetCount, error) {
	return nil, nil
}

// Tell remembers what the contacts would be told.
func (h *house) Tell(_ context.Context, a kyc.Account, event, _ string, _ time.Time) (kyc.Change, error) {
	h.told = append(h.told, event)
	return nil, nil
}

// Contact reads a name that these tests keep in clear.
func (h *house) Contact(_ context.Context, id kyc.Identifier) (string, error) {
	return string(id.Sealed), nil
}

func (h *house) Commit(_ context.Context, tenant kyc.TenantID, change kyc.Change) error {
	for _, w := range change {
		switch w := w.(type) {
		case kyc.TakeBudget:
			key := fmt.Sprint(tenant, w.Key, " ", w.Start)
			if h.budgets[key]+max(w.Amount, 1) > w.Limit {
				return kyc.EKey(kyc.Limited, "error.budget", "budget is used up")
			}
			h.budgets[key] += max(w.Amount, 1)
		case kyc.SaveSignInCode:
			h.codes[w.ID] = w.SignInCode
		case kyc.FillSignInCode:
			c := h.codes[w.ID]
			c.Account, c.Hash = w.Account, w.Hash
			h.codes[w.ID] = c
		case kyc.TrySignInCode:
			c := h.codes[w.ID]
			c.Tries++
			h.codes[w.ID] = c
		case kyc.UseSignInCode:
			if _, ok := h.codes[w.ID]; !ok {
				return kyc.EKey(kyc.Conflict, "error.code_used", "used")
			}
			delete(h.codes, w.ID)
		case kyc.SaveMessage:
			h.messages = append(h.messages, w.Message)
		case kyc.Enqueue:
			h.jobs = append(h.jobs, w.Job)
		case kyc.UseOnce, kyc.DropStaffLinks, kyc.SaveStaffLink:
		case kyc.SetAccountState:
			a := h.accounts[w.ID]
			if a.State != w.From {
				return kyc.EKey(kyc.Forbidden, "error.account_frozen", "it is %s", a.State)
			}
			a.State = w.To
			h.accounts[w.ID] = a
		case kyc.SaveSession:
			h.sessions[string(tenant)+w.Kind+string(w.Hash)] = w.Session
		case kyc.TouchSession:
			for k, s := range h.sessions {
				if string(s.Hash) == string(w.Hash) {
					s.Seen = w.Seen
					h.sessions[k] = s
				}
			}
		case kyc.DropSession:
			for k, s := range h.sessions {
				if string(s.Hash) == string(w.Hash) {
					delete(h.sessions, k)
				}
			}
		case kyc.SaveCredential:
			h.credentials[w.Applicant] = append(slices.DeleteFunc(h.credentials[w.Applicant], func(c kyc.Credential) bool { return c.Kind == w.Kind }), w.Credential)
		case kyc.DropSessions:
			for k, s := range h.sessions {
				if s.Subject == w.Subject && slices.Contains(w.Kinds, s.Kind) && (w.ID == "" || w.ID == s.ID) && string(s.Hash) != string(w.Except) {
					delete(h.sessions, k)
				}
			}
		case kyc.FreshenSession:
			for k, s := range h.sessions {
				if string(s.Hash) == string(w.Hash) {
					s.Fresh, s.Proved, s.Methods = w.Fresh, max(s.Proved, w.Proved), cmp.Or(w.Methods, s.Methods)
					h.sessions[k] = s
				}
			}
		case kyc.SaveStaff:
			h.staff[string(w.Staff.Tenant)+w.Login] = w.Staff
		case kyc.SetStaff:
			for k, s := range h.staff {
				if s.Tenant == w.Tenant && s.ID == w.ID && s.Hash == w.Was {
					s.Hash = w.Hash
					h.staff[k] = s
				}
			}
		case kyc.AppendAudit:
			h.audit = append(h.audit, w.AuditLine)
		default:
			return fmt.Errorf("unexpected %T", w)
		}
	}
	return nil
}

func (h *house) lastAction() string { return h.audit[len(h.audit)-1].Action }

// count is how many lines the record has of an action.
func (h *house) count(action string) (n int) {
	for _, line := range h.audit {
		if line.Action == action {
			n++
		}
	}
	return n
}

const password = "correct horse battery"

// noFactors is a house in which nobody has a passkey.
type noFactors struct{ *house }

func (noFactors) Factors(context.Context, kyc.TenantID, string, string) ([]kyc.Factor, error) {
	return nil, nil
}

func (noFactors) FactorByLookup(context.Context, kyc.TenantID, string, []byte) (kyc.Factor, error) {
	return kyc.Factor{}, kyc.E(kyc.NotFound, "no factor")
}

// robots passes whoever says "solved".
type robots struct{}

func (robots) Verify(_ context.Context, tenant kyc.TenantID, value string, _ time.Time) (kyc.UseOnce, kyc.Problem, error) {
	if value != "solved" {
		return kyc.UseOnce{}, kyc.P("", "human.invalid"), nil
	}
	return kyc.UseOnce{Tenant: tenant, Hash: []byte("once")}, kyc.Problem{}, nil
}

// openings is what the market of the test's account asks for.
type openings struct{ is credential.Opened }

func (o *openings) Opened(context.Context, kyc.TenantID, kyc.ApplicationID) (credential.Opened, error) {
	return o.is, nil
}

// Freeze ends nothing: that is the pipeline's, and tested there.
func (h *house) Freeze(_ context.Context, a kyc.Account, by kyc.Actor, _ string, _ ...string) error {
	a.State = kyc.AccountFrozen
	h.accounts[a.ID] = a
	h.told = append(h.told, "frozen by "+by.Kind)
	return nil
}

type fixture struct {
	*house
	now      time.Time
	accounts credential.AccountSessions
	staff    credential.StaffSessions
	openings *openings
}

func build(t *testing.T) *fixture {
	t.Helper()
	ctx := context.Background()
	hasher := credential.NewHasher(credential.Options{Random: rand.Reader, Cost: cheap})
	hash, err := hasher.Hash(ctx, password)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{codes: map[string]kyc.SignInCode{}, identifiers: map[string]kyc.Identifier{}, sessions: map[string]kyc.Session{}, budgets: map[string]int64{},
		credentials: map[kyc.ApplicantID][]kyc.Credential{"p": {
			{Applicant: "p", Kind: kyc.PaymentPassword, Hash: "unused"}, {Applicant: "p", Kind: kyc.LoginPassword, Hash: hash}}},
		accounts: map[kyc.AccountID]kyc.Account{"acc": {Tenant: "demo", ID: "acc", Applicant: "p", State: "active"}},
		staff:    map[string]kyc.Staff{"demolena": {Tenant: "demo", ID: "s1", Login: "lena", Hash: hash, State: "active"}}}
	for kind, canonical := range map[kyc.ContactKind]string{kyc.Phone: "+8613800138000", kyc.Email: "anna@example.com"} {
		index, _ := contact.IndexContact(ctx, prf{}, "demo", kind, canonical)
		h.identifiers["demo"+string(kind)+string(index)] = kyc.Identifier{Tenant: "demo", Applicant: "p", Account: "acc", Kind: string(kind), Index: index, Sealed: []byte(canonical), State: kyc.Bound, Login: true}
	}
	f := &fixture{house: h, openings: &openings{credential.Opened{Flow: &kyc.Flow{}}}, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	n := 0
	gate := credential.Gate{Store: h, Index: prf{}, Hasher: hasher, Random: rand.Reader, Seals: envelope{},
		Clock: func() time.Time { return f.now }, IDs: func() string { n++; return fmt.Sprint(n) }}
	known, err := contact.LoadKnown()
	if err != nil {
		t.Fatal(err)
	}
	f.accounts = credential.AccountSessions{Gate: gate, House: h, Vault: envelope{}, Region: "CN", Names: h, Herald: h, Human: robots{}, Openings: f.openings, Freezer: h,
		Codes:  &contact.Maker{Index: prf{}, Sealer: envelope{}, IDs: gate.IDs, Random: rand.Reader},
		Warden: &contact.Warden{Known: known, Store: h}, Factors: &factor.Keeper{Store: noFactors{h}, Clock: gate.Clock}}
	f.staff = credential.StaffSessions{Gate: gate, Letters: &letter.Writer{Vault: envelope{}, Clock: gate.Clock, IDs: gate.IDs, Random: rand.Reader}}
	return f
}

func keyOf(err error) string {
	var e *kyc.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return fmt.Sprint(err)
}
