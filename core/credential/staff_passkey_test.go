package credential_test

import (
	"regexp"
	"testing"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/factor"
	"github.com/paifang/paifang/core/factor/factortest"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

const origin = "https://id.example.com"

// withPasskey enrols Lena with a passkey: her token, device and recovery codes.
func (d *desk) withPasskey() (token string, device *factortest.Device, codes []string) {
	d.t.Helper()
	d.Factors.Site = factor.SiteOf(origin, nil)
	device = &factortest.Device{Origin: origin, Knows: true, Counts: 1}
	half := d.password(credential.NextEnrol)
	options, err := d.AskEnrol(d.t.Context(), half)
	ok(d.t, err)
	done, err := d.EnrolPasskey(d.t.Context(), half, device.Create(d.t, options), "Key", credential.Client{})
	ok(d.t, err)
	if len(done.Codes) != factor.Codes {
		d.t.Errorf("%d recovery codes", len(done.Codes))
	}
	for _, code := range done.Codes { // 80 bits
		if !regexp.MustCompile(`^[a-kmnp-z2-9]{4}(-[a-kmnp-z2-9]{4}){3}$`).MatchString(code) {
			d.t.Errorf("the recovery code %q", code)
		}
	}
	return done.Token, device, done.Codes
}

func TestStaffPasskey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, ctx := newDesk(t, s), t.Context()
		token, device, codes := d.withPasskey()
		if who, err := d.StaffOf(ctx, token); err != nil || who.ID != d.lena.ID {
			t.Fatal(who.ID, err)
		}

		half := d.password(credential.NextSecond) // password and passkey
		holds, err := d.Pending(ctx, half)
		if err != nil || !holds.Has(kyc.FactorPasskey) || holds.Has(kyc.FactorTOTP) {
			t.Errorf("%+v %v", holds, err)
		}
		options, err := d.AskSecond(ctx, half)
		ok(t, err)
		answer := device.Get(t, options)
		entry, err := d.Second(ctx, half, credential.Proof{Passkey: answer}, credential.Client{})
		ok(t, err)
		if _, err := d.StaffOf(ctx, entry.Token); err != nil {
			t.Error(err)
		}
		other := d.password(credential.NextSecond)
		_, err = d.Second(ctx, other, credential.Proof{Passkey: answer}, credential.Client{})
		d.wants(err, "error.passkey_late")
		_, err = d.Second(ctx, other, credential.Proof{Code: codes[0]}, credential.Client{}) // without the device
		ok(t, err)

		options, err = d.AskAnyone(ctx, "demo", credential.Client{Address: "192.0.2.1"}) // passkey alone
		ok(t, err)
		answer = device.Get(t, options)
		entry, err = d.SignInPasskey(ctx, "demo", answer, credential.Client{})
		ok(t, err)
		if who, err := d.StaffOf(ctx, entry.Token); err != nil || who.ID != d.lena.ID {
			t.Error(who.ID, err)
		}
		_, err = d.SignInPasskey(ctx, "demo", answer, credential.Client{})
		d.wants(err, "error.passkey_late")

		d.now = d.now.Add(credential.FreshFor)
		d.wants(d.Fresh(ctx, entry.Token), "error.reauthentication_required")
		options, err = d.AskConfirm(ctx, entry.Token)
		ok(t, err)
		ok(t, d.Confirm(ctx, entry.Token, credential.Proof{Passkey: device.Get(t, options)}, credential.Client{}))
		ok(t, d.Fresh(ctx, entry.Token))
	})
}

func TestStaffPasskeyRefused(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), t.Context()
	token, device, _ := d.withPasskey()
	alone := func(change func(*factortest.Device)) error {
		options, err := d.AskAnyone(ctx, "demo", credential.Client{Address: "192.0.2.1"})
		ok(t, err)
		was := *device
		change(device)
		answer := device.Get(t, options)
		*device = was
		device.Counts += 10
		_, err = d.SignInPasskey(ctx, "demo", answer, credential.Client{})
		return err
	}
	ok(t, alone(func(*factortest.Device) {}))
	d.wants(alone(func(v *factortest.Device) { v.Knows = false }), "error.sign_in")
	d.wants(alone(func(v *factortest.Device) { v.Forge = true }), "error.sign_in")
	d.wants(alone(func(v *factortest.Device) { v.Counts = 1 }), "error.sign_in") // a copy
	d.wants(alone(func(v *factortest.Device) { v.Origin = "https://id.example.org" }), "error.sign_in")
	_, err := d.SignInPasskey(ctx, "demo", []byte("{}"), credential.Client{})
	d.wants(err, "error.sign_in")

	half := d.password(credential.NextSecond)
	options, err := d.AskSecond(ctx, half)
	ok(t, err)
	device.Forge = true
	_, err = d.Second(ctx, half, credential.Proof{Passkey: device.Get(t, options)}, credential.Client{})
	d.wants(err, "error.second_factor")
	device.Forge = false
	options, err = d.AskConfirm(ctx, token)
	ok(t, err)
	_, err = d.Second(ctx, half, credential.Proof{Passkey: device.Get(t, options)}, credential.Client{}) // asked for something else
	d.wants(err, "error.passkey_late")
	if _, err = d.AskEnrol(ctx, half); kyc.CodeOf(err) != kyc.Unauthorized {
		t.Errorf("the password alone adds a passkey beside the one that is there: %v", err)
	}

	storetest.Commit(t, d.store, "demo", kyc.SetStaff{Tenant: "demo", ID: d.lena.ID, State: kyc.StaffDisabled})
	d.wants(alone(func(*factortest.Device) {}), "error.sign_in")
	lines, err := d.store.AuditLines(ctx, "demo", kyc.AuditFilter{}, "", 100)
	ok(t, err)
	seen := map[string]int{}
	for _, line := range lines {
		seen[line.Action+" "+line.Detail["kind"]]++
	}
	if seen[audit.FactorAdded+" passkey"] != 1 || seen[audit.FactorRefused+" passkey"] != 1 || seen["session.refused "] < 5 {
		t.Errorf("%v", seen)
	}
}

func TestStaffPasskeyBudget(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), t.Context()
	_, _, _ = d.withPasskey()
	for i := range 101 {
		_, err := d.AskAnyone(ctx, "demo", credential.Client{Address: "192.0.2.66"})
		if limited := kyc.CodeOf(err) == kyc.Limited; limited != (i == 100) {
			t.Fatalf("question %d: %v", i+1, err)
		}
	}
	if _, err := d.AskAnyone(ctx, "demo", credential.Client{Address: "192.0.2.67"}); err != nil {
		t.Errorf("one address uses up another's: %v", err)
	}
}

// Several passkeys with names, beside an app; the last factor stays.
func TestOwnPasskeys(t *testing.T) {
	d, ctx := newDesk(t, storetest.SQLite(t)), t.Context()
	token, secret, _ := d.enrol()
	d.Factors.Site = factor.SiteOf(origin, nil)
	blue, red := &factortest.Device{Origin: origin, Knows: true}, &factortest.Device{Origin: origin}
	for name, device := range map[string]*factortest.Device{"blue": blue, "red": red} {
		options, err := d.AskAnother(ctx, token)
		ok(t, err)
		answer := device.Create(t, options)
		ok(t, d.AddPasskey(ctx, token, answer, name, credential.Client{}))
		d.wants(d.AddPasskey(ctx, token, answer, name, credential.Client{}), "error.passkey_late")
	}
	half := d.password(credential.NextSecond)
	options, err := d.AskSecond(ctx, half)
	ok(t, err)
	_, err = d.Second(ctx, half, credential.Proof{Passkey: red.Get(t, options)}, credential.Client{})
	ok(t, err)
	options, err = d.AskConfirm(ctx, token)
	ok(t, err)
	d.wants(d.Confirm(ctx, token, credential.Proof{Passkey: red.Get(t, options)}, credential.Client{}), "error.second_factor") // only touched

	mine, err := d.Security(ctx, token)
	ok(t, err)
	if len(mine.Holds.Factors) != 3 {
		t.Fatalf("%+v", mine.Holds)
	}
	half = d.password(credential.NextSecond)
	options, err = d.AskSecond(ctx, half)
	ok(t, err)
	for _, f := range mine.Holds.Factors {
		if f.Name == "red" || f.Kind == kyc.FactorTOTP {
			ok(t, d.RemoveFactor(ctx, token, f.ID))
		} else {
			defer func() { d.wants(d.RemoveFactor(ctx, token, f.ID), "error.last_factor") }()
		}
	}
	_, err = d.Second(ctx, half, credential.Proof{Passkey: red.Get(t, options)}, credential.Client{})
	d.wants(err, "error.signed_out") // begun before the removal
	half = d.password(credential.NextSecond)
	_, err = d.Second(ctx, half, credential.Proof{Code: d.code(secret)}, credential.Client{})
	d.wants(err, "error.second_factor")
	options, err = d.AskSecond(ctx, half)
	ok(t, err)
	_, err = d.Second(ctx, half, credential.Proof{Passkey: blue.Get(t, options)}, credential.Client{})
	ok(t, err)
}
