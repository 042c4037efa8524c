package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var signInCodes = newTable[kyc.SignInCode]("signin_codes", "tenant_id code_id", "account_id")

func (t *tx) saveSignInCode(w kyc.SaveSignInCode) error {
	return t.insert(signInCodes, w.SignInCode, plainly)
}

func (t *tx) fillSignInCode(w kyc.FillSignInCode) error {
	return t.exec(spent, `UPDATE signin_codes SET account_id = ?, code_hash = ? WHERE tenant_id = ? AND code_id = ? AND length(code_hash) = 0`,
		w.Account, w.Hash, w.Tenant, w.ID)
}

func (t *tx) trySignInCode(w kyc.TrySignInCode) error {
	return t.exec(spent, `UPDATE signin_codes SET tries = tries + 1 WHERE tenant_id = ? AND code_id = ? AND tries = ?`, w.Tenant, w.ID, w.Tries)
}

func (t *tx) useSignInCode(w kyc.UseSignInCode) error {
	return t.exec(spent, `DELETE FROM signin_codes WHERE tenant_id = ? AND code_id = ?`, w.Tenant, w.ID)
}

// SignInCode reads a code to sign in with; whether it has expired is for the caller
// to see.
func (s *Store) SignInCode(ctx context.Context, tenant kyc.TenantID, id string) (kyc.SignInCode, error) {
	return one[kyc.SignInCode](ctx, s.of(tenant), "sign-in code", signInCodes.selects("WHERE tenant_id = ? AND code_id = ?"), tenant, id)
}

// SignInCodeByToken finds one by the hash of what the asking device keeps.
func (s *Store) SignInCodeByToken(ctx context.Context, tenant kyc.TenantID, hash []byte) (kyc.SignInCode, error) {
	return one[kyc.SignInCode](ctx, s.of(tenant), "sign-in code", signInCodes.selects("WHERE tenant_id = ? AND token_hash = ?"), tenant, hash)
}
