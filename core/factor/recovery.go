package factor

import (
	"context"
	"crypto/subtle"
	"io"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
)

// Codes is how many recovery codes somebody gets.
const Codes = 10

// letters are easy to tell apart by eye: 32 of them, five bits each.
const letters = "abcdefghijkmnpqrstuvwxyz23456789"

const codeLetters = 16 // 80 bits; NIST SP 800-63B-4, 4.2.1.1, wants 64

// NewCodes draws recovery codes, "abcd-efgh-jkmn-pqrs", and the change that puts them
// in the place of all earlier ones. They are shown once and kept as keyed hashes.
func (k *Keeper) NewCodes(ctx context.Context, s Subject) ([]string, kyc.Change, error) {
	change := kyc.Change{kyc.DropFactors{Tenant: s.Tenant, Of: s.Of, Subject: s.ID, Kind: kyc.FactorRecovery}}
	var codes []string
	for range Codes {
		raw := make([]byte, codeLetters)
		if _, err := io.ReadFull(k.Random, raw); err != nil {
			return nil, nil, kyc.Wrap(kyc.Internal, err, "draw a recovery code")
		}
		for i, b := range raw {
			raw[i] = letters[b%32]
		}
		code := string(raw)
		lookup, err := k.recoveryIndex(ctx, s, code)
		if err != nil {
			return nil, nil, err
		}
		codes = append(codes, strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:]}, "-"))
		change = append(change, kyc.SaveFactor{Factor: kyc.Factor{Tenant: s.Tenant, ID: k.IDs(), Of: s.Of, Subject: s.ID,
			Kind: kyc.FactorRecovery, Lookup: lookup, Created: kyc.At(k.Clock())}})
	}
	return codes, change, nil
}

func (k *Keeper) recoveryIndex(ctx context.Context, s Subject, code string) ([]byte, error) {
	return k.Vault.Index(ctx, s.Tenant, "factor.recovery", s.Of+"/"+s.ID+"/"+code)
}

// typed is a recovery code as it was drawn: people add spaces, hyphens, capitals.
func typed(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(norm.NFKC.String(code)))
}

// Used is what a code turned out to be: the change uses it up.
type Used struct {
	Kind   string
	Left   int // recovery codes left afterwards
	Change kyc.Change
}

// Check looks whose factor a code is of: six digits are an authenticator app's,
// anything else is a recovery code. ok is false for a code that fits none.
func (k *Keeper) Check(ctx context.Context, s Subject, code string) (used Used, ok bool, err error) {
	if len(code) > 100 {
		code = code[:100]
	}
	all, err := k.Store.Factors(ctx, s.Tenant, s.Of, s.ID)
	if err != nil {
		return Used{}, false, err
	}
	if digits, is := contact.Digits(code); is && len(digits) == totpDigits {
		return k.checkTOTP(ctx, s, all, digits)
	}
	return k.checkRecovery(ctx, s, all, code)
}

func (k *Keeper) checkTOTP(ctx context.Context, s Subject, all []kyc.Factor, digits string) (Used, bool, error) {
	now := k.Clock()
	for _, f := range all {
		if f.Kind != kyc.FactorTOTP {
			continue
		}
		x, err := k.open(ctx, s, f)
		if err != nil {
			return Used{}, false, err
		}
		if step, ok := matchTOTP(x.TOTP, digits, now, f.Counter); ok {
			return Used{Kind: kyc.FactorTOTP, Change: kyc.Change{kyc.UseFactor{Tenant: s.Tenant, ID: f.ID, Was: f.Counter, Counter: step, At: kyc.At(now)}}}, true, nil
		}
	}
	return Used{}, false, nil
}

func (k *Keeper) checkRecovery(ctx context.Context, s Subject, all []kyc.Factor, code string) (Used, bool, error) {
	want, err := k.recoveryIndex(ctx, s, typed(code))
	if err != nil {
		return Used{}, false, err
	}
	used, found, left := Used{Kind: kyc.FactorRecovery}, false, 0
	for _, f := range all {
		if f.Kind != kyc.FactorRecovery {
			continue
		}
		left++
		if subtle.ConstantTimeCompare(f.Lookup, want) == 1 {
			found, used.Change = true, kyc.Change{kyc.DropFactor{Tenant: s.Tenant, ID: f.ID}}
		}
	}
	used.Left = left - 1
	return used, found, nil
}
