package credential_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
)

const stranger, owner = "198.51.100.7", "192.0.2.1"

// asks asks for a code and does what the jobs do.
func (f *fixture) asks(t *testing.T, name string, c credential.Client) (credential.Asked, string, error) {
	t.Helper()
	before := len(f.messages)
	asked, err := f.accounts.AskCode(context.Background(), "demo", name, "en", c)
	if err != nil || asked.Problem.Code != "" {
		return asked, "", err
	}
	for _, job := range f.jobs {
		if job.Kind == kyc.JobCode {
			if err := f.accounts.SendCode(context.Background(), job, 1); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.jobs = nil
	if len(f.messages) == before {
		return asked, "", nil
	}
	return asked, codeIn(t, f.messages[len(f.messages)-1]), nil
}

// codeIn reads the code of a message, which envelope leaves readable.
func codeIn(t *testing.T, m kyc.Message) string {
	t.Helper()
	var body kyc.MessageBody
	if err := json.Unmarshal(m.Sealed[strings.IndexByte(string(m.Sealed), '{'):], &body); err != nil || body.Params["code"] == "" {
		t.Fatalf("message without a code: %v", err)
	}
	return body.Params["code"]
}

func TestSignInByCode(t *testing.T) {
	ctx, f := context.Background(), build(t)
	client := credential.Client{Address: owner, Agent: "Mozilla/5.0 (X11; Linux) Firefox/140.0", Human: "solved"}
	for _, name := range []string{"13800138000", "Anna@Example.com"} {
		asked, code, err := f.asks(t, name, client)
		if err != nil || code == "" {
			t.Fatalf("%s: %+v %v", name, asked, err)
		}
		for _, typed := range []string{"12345", "abcdef", ""} {
			if _, problem, err := f.accounts.SignInByCode(ctx, "demo", asked.Ticket, typed, client); err != nil || problem.Code != "code.format" {
				t.Errorf("%q: %+v %v", typed, problem, err)
			}
		}
		if _, problem, _ := f.accounts.SignInByCode(ctx, "other", asked.Ticket, code, client); problem.Code == "" {
			t.Error("a code opened another tenant")
		}
		signed, problem, err := f.accounts.SignInByCode(ctx, "demo", asked.Ticket, code[:3]+" "+code[3:], client)
		if err != nil || problem.Code != "" || signed.Account != "acc" || signed.Known == "" {
			t.Fatalf("%s: %+v %v", name, problem, err)
		}
		if _, err := f.accounts.Account(ctx, "demo", signed.Token); err != nil {
			t.Error(err)
		}
		if _, problem, _ := f.accounts.SignInByCode(ctx, "demo", asked.Ticket, code, client); problem.Code != "code.expired" {
			t.Errorf("the code twice: %+v", problem)
		}
	}
	if len(f.told) != 2 || f.told[0] != "new_device" {
		t.Errorf("told %v", f.told)
	}
	for _, s := range f.sessions {
		if s.Methods != "code" || credential.Level(s.Methods) != 1 || len(s.Place) == 0 {
			t.Errorf("session by %q, level %d", s.Methods, credential.Level(s.Methods))
		}
	}
}

func TestCodesEnd(t *testing.T) {
	ctx, f := context.Background(), build(t)
	client := credential.Client{Address: owner, Human: "solved"}
	asked, code, _ := f.asks(t, "13800138000", client)
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	for left := 4; left >= 0; left-- {
		_, problem, err := f.accounts.SignInByCode(ctx, "demo", asked.Ticket, wrong, client)
		want := "code.wrong"
		if left == 0 {
			want = "code.spent"
		}
		if err != nil || problem.Code != want || left > 0 && problem.Params["left"] != fmt.Sprint(left) {
			t.Errorf("%d left: %+v %v", left, problem, err)
		}
	}
	if _, problem, _ := f.accounts.SignInByCode(ctx, "demo", asked.Ticket, code, client); problem.Code != "code.spent" {
		t.Errorf("after five wrong tries: %+v", problem)
	}
	asked, code, _ = f.asks(t, "13800138000", client)
	f.now = f.now.Add(credential.CodeLife)
	if _, problem, _ := f.accounts.SignInByCode(ctx, "demo", asked.Ticket, code, client); problem.Code != "code.expired" {
		t.Errorf("ten minutes later: %+v", problem)
	}
	f.house.accounts["acc"] = kyc.Account{Tenant: "demo", ID: "acc", State: "frozen"}
	elsewhere := credential.Client{Address: "203.0.113.5", Human: "solved"}
	asked, code, err := f.asks(t, "13800138000", elsewhere)
	if err != nil || code == "" {
		t.Errorf("whose account is frozen is not told: %v", err)
	}
	if _, _, err := f.accounts.SignInByCode(ctx, "demo", asked.Ticket, code, elsewhere); keyOf(err) != "error.account_frozen" {
		t.Errorf("a code into a frozen account: %v", err)
	}
}

// What is asked and typed about a name that is nobody's takes the same way, with
// the same reads, hashes and writes, to the same answers.
func TestCodesOfUnknownNames(t *testing.T) {
	run := func(name string) []string {
		ctx, f := context.Background(), build(t)
		var seen []string
		f.accounts.Index = counting{prf{}, &seen}
		f.accounts.Codes.Index = counting{prf{}, &seen}
		f.accounts.Store = watched{f.house, &seen}
		client := credential.Client{Address: stranger, Human: "solved"}
		asked, err := f.accounts.AskCode(ctx, "demo", name, "en", client)
		seen = append(seen, fmt.Sprint(len(asked.Ticket), asked.Channel, asked.Expires, asked.Again, asked.Problem, err))
		work := seen
		if err := f.accounts.SendCode(ctx, f.jobs[0], 1); err != nil { // nobody sees or waits for it
			t.Fatal(err)
		}
		seen = work
		for range 6 {
			signed, problem, err := f.accounts.SignInByCode(ctx, "demo", asked.Ticket, "000000", client)
			seen = append(seen, fmt.Sprint(signed, problem, err))
		}
		return seen
	}
	for _, pair := range [][2]string{{"13800138000", "13800138001"}, {"anna@example.com", "bert@example.com"}} {
		known, unknown := run(pair[0]), run(pair[1])
		if len(known) != len(unknown) || len(known) < 20 {
			t.Fatalf("%d steps for a known name, %d for an unknown one", len(known), len(unknown))
		}
		for i := range known {
			if known[i] != unknown[i] {
				t.Errorf("step %d: %s for a known name, %s for an unknown one", i, known[i], unknown[i])
			}
		}
	}
}

// The password, too: one look-up, one list of credentials, one hash.
func TestPasswordsOfUnknownNames(t *testing.T) {
	run := func(name string) []string {
		f := build(t)
		var seen []string
		f.accounts.Index, f.accounts.Store = counting{prf{}, &seen}, watched{f.house, &seen}
		_, err := f.accounts.SignIn(context.Background(), "demo", name, "wrong", credential.Client{Address: stranger})
		return append(seen, fmt.Sprint(err), fmt.Sprint(f.accounts.Hasher.Hashes()))
	}
	known, unknown := run("13800138000"), run("13800138001")
	if fmt.Sprint(known) != fmt.Sprint(unknown) || len(known) < 6 {
		t.Errorf("known %v\nunknown %v", known, unknown)
	}
	if n := known[len(known)-1]; n != "2" { // one of the fixture's, one of the try
		t.Errorf("%s hashes", n)
	}
}

// Nor does the sign-in of staff tell by its work whether a login is known, or whose it
// is that may not work here any more.
func TestPasswordsOfUnknownStaff(t *testing.T) {
	run := func(name string) []string {
		f := build(t)
		f.house.staff["demogone"] = kyc.Staff{Tenant: "demo", ID: "s2", Login: "gone", Hash: f.house.staff["demolena"].Hash, State: kyc.StaffDisabled}
		var seen []string
		f.staff.Index, f.staff.Store = counting{prf{}, &seen}, watched{f.house, &seen}
		_, err := f.staff.SignInStaff(context.Background(), "demo", name, "wrong", credential.Client{Address: stranger})
		return append(seen, fmt.Sprint(err), fmt.Sprint(f.staff.Hasher.Hashes()))
	}
	known := run("lena")
	if n := known[len(known)-1]; n != "2" || !slices.Contains(known, "staff") || len(known) < 6 {
		t.Errorf("a known login: %v", known)
	}
	for _, name := range []string{"nobody", "gone", "nobody@example.com"} {
		if got := run(name); fmt.Sprint(got) != fmt.Sprint(known) {
			t.Errorf("known %v\n%s %v", known, name, got)
		}
	}
}

// A forgotten password of staff: what is sent to who is known is the only difference, and
// it is written in the commit that there is for everybody.
func TestForgottenOfUnknownStaff(t *testing.T) {
	letters := map[string]bool{"kyc.DropStaffLinks": true, "kyc.SaveStaffLink": true, "kyc.SaveMessage": true, "kyc.Enqueue": true}
	run := func(name string) (all []string, sent int) {
		f := build(t)
		f.house.staff["demogone"] = kyc.Staff{Tenant: "demo", ID: "s2", Login: "gone", Email: []byte("gone@example.com"), State: kyc.StaffDisabled}
		f.house.staff["demonora@example.com"] = kyc.Staff{Tenant: "demo", ID: "s3", Login: "nora@example.com", State: kyc.StaffActive}
		var seen []string
		f.staff.Index, f.staff.Store = counting{prf{}, &seen}, watched{f.house, &seen}
		f.staff.Letters.Vault = sealing{&seen}
		err := f.staff.Forgot(context.Background(), "demo", name, credential.Client{Address: stranger})
		sent = len(f.house.messages)
		return append(slices.DeleteFunc(seen, func(s string) bool { return letters[s] }), fmt.Sprint(err)), sent
	}
	known, sent := run("nora@example.com")
	if sent != 1 || !slices.Contains(known, "staff") || !slices.Contains(known, "seal") || len(known) < 8 {
		t.Errorf("a known login: %d letters, %v", sent, known)
	}
	for _, name := range []string{"nobody", "lena", "gone", "nobody@example.com"} { // lena has no address
		if got, sent := run(name); fmt.Sprint(got) != fmt.Sprint(known) || sent != 0 {
			t.Errorf("known %v\n%s: %d letters, %v", known, name, sent, got)
		}
	}
}

// sealing notes that something is sealed for a tenant.
type sealing struct{ seen *[]string }

func (s sealing) SealTenant(_ context.Context, _ kyc.TenantID, _ string, plain []byte) ([]byte, error) {
	*s.seen = append(*s.seen, "seal")
	return plain, nil
}

func (sealing) UnsealTenant(_ context.Context, _ kyc.TenantID, _ string, sealed []byte) ([]byte, error) {
	return sealed, nil
}

// counting notes of what class an index was computed.
type counting struct {
	prf
	seen *[]string
}

func (c counting) Index(ctx context.Context, tenant kyc.TenantID, class, canonical string) ([]byte, error) {
	*c.seen = append(*c.seen, "index "+class)
	return c.prf.Index(ctx, tenant, class, canonical)
}

// watched notes what is read and written.
type watched struct {
	*house
	seen *[]string
}

func (w watched) BoundIdentifier(ctx context.Context, tenant kyc.TenantID, kind string, index []byte) (kyc.Identifier, error) {
	*w.seen = append(*w.seen, "identifier")
	return w.house.BoundIdentifier(ctx, tenant, kind, index)
}

func (w watched) Credentials(ctx context.Context, tenant kyc.TenantID, a kyc.ApplicantID) ([]kyc.Credential, error) {
	*w.seen = append(*w.seen, "credentials")
	return w.house.Credentials(ctx, tenant, a)
}

func (w watched) Account(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (kyc.Account, error) {
	*w.seen = append(*w.seen, "account")
	return w.house.Account(ctx, tenant, id)
}

func (w watched) StaffByLogin(ctx context.Context, tenant kyc.TenantID, login string) (kyc.Staff, error) {
	*w.seen = append(*w.seen, "staff")
	return w.house.StaffByLogin(ctx, tenant, login)
}

func (w watched) Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error {
	*w.seen = append(*w.seen, "commit")
	for _, x := range change {
		*w.seen = append(*w.seen, fmt.Sprintf("%T", x))
	}
	return w.house.Commit(ctx, tenant, change)
}

// A stranger, or many of them at many addresses, who burn what a name has of codes
// and tries, stop nobody: neither the owner's device by code and password, nor a new
// device of the owner by the way that was not burnt.
func TestOwnerIsNotLockedOutOfCodes(t *testing.T) {
	ctx, f := context.Background(), build(t)
	signed, err := f.accounts.SignIn(ctx, "demo", "13800138000", password, credential.Client{Address: owner})
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range 40 {
		_, _, err := f.asks(t, "13800138000", credential.Client{Address: fmt.Sprintf("198.51.100.%d", i), Human: "solved"})
		if kyc.CodeOf(err) == kyc.Limited {
			refused++
		}
	}
	if refused != 35 {
		t.Errorf("%d of 40 codes were refused, five an hour are sent", refused)
	}
	for i := range 60 {
		_, _ = f.accounts.SignIn(ctx, "demo", "13800138000", "wrong", credential.Client{Address: fmt.Sprintf("198.51.100.%d", i)})
	}
	fresh := credential.Client{Address: "203.0.113.50", Human: "solved"}
	if _, _, err := f.asks(t, "13800138000", fresh); kyc.CodeOf(err) != kyc.Limited {
		t.Errorf("codes of the name are not used up: %v", err)
	}
	if _, err := f.accounts.SignIn(ctx, "demo", "13800138000", password, fresh); kyc.CodeOf(err) != kyc.Limited {
		t.Errorf("passwords of the name are not used up: %v", err)
	}
	mine := credential.Client{Address: owner, Known: signed.Known}
	asked, code, err := f.asks(t, "13800138000", mine)
	if err != nil || code == "" {
		t.Fatalf("the owner gets no code: %+v %v", asked, err)
	}
	if _, problem, err := f.accounts.SignInByCode(ctx, "demo", asked.Ticket, code, mine); err != nil || problem.Code != "" {
		t.Errorf("the owner's code: %+v %v", problem, err)
	}
	if _, err := f.accounts.SignIn(ctx, "demo", "13800138000", password, mine); err != nil {
		t.Errorf("the owner's password: %v", err)
	}
	// The other login name of the same account is nobody's target.
	if _, err := f.accounts.SignIn(ctx, "demo", "anna@example.com", password, fresh); err != nil {
		t.Errorf("by the other name, on a new device: %v", err)
	}
}

// Nothing is counted, drawn or sent before a human test of a device that nobody
// signed in on, and of what is no name.
func TestCodesNeedAHuman(t *testing.T) {
	f := build(t)
	for _, c := range []struct{ name, human, want string }{
		{"13800138000", "", "human.required"}, {"13800138001", "", "human.required"}, {"13800138000", "rubbish", "human.invalid"}, {"nonsense", "solved", "signin.contact"}} {
		asked, _, err := f.asks(t, c.name, credential.Client{Address: stranger, Human: c.human})
		if err != nil || asked.Problem.Code != c.want || asked.Ticket != "" || len(f.codes)+len(f.jobs) > 0 {
			t.Errorf("%+v: %+v %v", c, asked, err)
		}
	}
}

// The money of the day ends for everybody alike, and takes the code along.
func TestCodesAndMoney(t *testing.T) {
	f := build(t)
	f.accounts.Warden.Known.Rules.Day = 0
	for i, name := range []string{"13800138000", "13800138001"} {
		_, _, err := f.asks(t, name, credential.Client{Address: fmt.Sprintf("192.0.2.%d", i), Human: "solved"})
		if kyc.CodeOf(err) != kyc.Limited || keyOf(err) != "error.later" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(f.messages) > 0 {
		t.Error("sent without money")
	}
}
