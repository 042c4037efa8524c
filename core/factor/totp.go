package factor

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// Period is how long a code is shown, RFC 6238 section 5.2. A code counts one
// period before and after, for clocks that differ and people who type slowly.
const Period = 30 * time.Second

const (
	totpDigits = 6
	totpBytes  = 20 // RFC 4226 section 4, R6: the length of the hash
	purposeApp = "totp"
)

// Offer is an authenticator app about to be added.
type Offer struct {
	Secret string // base32 in groups of four, to be typed
	URI    string // otpauth address, for a QR code
	Ticket string // to be sent back with the first code
}

// OfferTOTP draws a secret. Issuer and login are what the app shows. A ticket of
// an earlier offer shows the same again.
func (k *Keeper) OfferTOTP(ctx context.Context, s Subject, issuer, login, ticket string) (Offer, error) {
	var text string
	if ticket == "" || k.redeem(ctx, s, purposeApp, ticket, &text) != nil {
		raw := make([]byte, totpBytes)
		if _, err := io.ReadFull(k.Random, raw); err != nil {
			return Offer{}, kyc.Wrap(kyc.Internal, err, "draw a secret")
		}
		text = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
		var err error
		if ticket, err = k.ticket(ctx, s, purposeApp, text); err != nil {
			return Offer{}, err
		}
	}
	issuer = strings.ReplaceAll(issuer, ":", " ")
	uri := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + login,
		RawQuery: strings.ReplaceAll(url.Values{"secret": {text}, "issuer": {issuer}}.Encode(), "+", "%20")}
	return Offer{Secret: grouped(text), URI: uri.String(), Ticket: ticket}, nil
}

func grouped(text string) string {
	var b strings.Builder
	for i, r := range text {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// AddTOTP is the change that adds the app whose first code this is. Invalid
// ("error.code_wrong") when the code is not the app's.
func (k *Keeper) AddTOTP(ctx context.Context, s Subject, ticket, code, name string) (kyc.Change, error) {
	var text string
	if err := k.redeem(ctx, s, purposeApp, ticket, &text); err != nil {
		return nil, err
	}
	now := k.Clock()
	step, ok := matchTOTP(text, code, now, 0)
	if !ok {
		return nil, kyc.EKey(kyc.Invalid, "error.code_wrong", "not the code of the app")
	}
	if err := k.room(ctx, s); err != nil {
		return nil, err
	}
	f := kyc.Factor{Tenant: s.Tenant, ID: k.IDs(), Of: s.Of, Subject: s.ID, Kind: kyc.FactorTOTP, Counter: step, Created: kyc.At(now), Used: kyc.At(now)}
	// One page opened twice must not add its secret twice.
	lookup, err := k.Vault.Index(ctx, s.Tenant, "factor.totp", s.Of+"/"+s.ID+"/"+text)
	if err != nil {
		return nil, err
	}
	f.Lookup = lookup
	f.Sealed, err = k.seal(ctx, s, f.ID, secret{Name: nameOf(name, ""), TOTP: text})
	return kyc.Change{kyc.SaveFactor{Factor: f}}, err
}

// matchTOTP tells which period a code is of, later than the last used one.
func matchTOTP(text, code string, now time.Time, last int64) (int64, bool) {
	digits, ok := contact.Digits(code)
	if !ok || len(digits) != totpDigits {
		return 0, false
	}
	at, found := now.Unix()/int64(Period.Seconds()), int64(0)
	for step := at - 1; step <= at+1; step++ {
		want, err := CodeAt(text, step)
		if err == nil && step > last && found == 0 && subtle.ConstantTimeCompare([]byte(want), []byte(digits)) == 1 {
			found = step
		}
	}
	return found, found > 0
}

// CodeAt is the code of a secret in a period: Unix time by Period.
func CodeAt(text string, step int64) (string, error) {
	if step < 0 {
		return "", kyc.E(kyc.Invalid, "no period before 1970")
	}
	code, err := hotp.GenerateCodeCustom(text, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	return code, kyc.Wrap(kyc.Invalid, err, "not a secret in base32")
}
