package store

import (
	"context"

	"github.com/paifang/paifang/core/kyc"
)

var (
	accounts    = newTable[kyc.Account]("accounts", "tenant_id account_id")
	balances    = newTable[kyc.Balance]("balances", "tenant_id account_id currency")
	credentials = newTable[kyc.Credential]("credentials", "tenant_id applicant_id kind slot")
)

func (t *tx) createAccount(w kyc.CreateAccount) error {
	return t.insert(accounts, w.Account, takes("error.account_exists", "the application has an account already"))
}

func (t *tx) setAccountState(w kyc.SetAccountState) error {
	return t.exec(func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return kyc.EKey(kyc.Forbidden, "error.account_frozen", "account %s is not %s", w.ID, w.From)
		}
		return err
	}, `UPDATE accounts SET state = ? WHERE tenant_id = ? AND account_id = ? AND state = ?`, w.To, w.Tenant, w.ID, w.From)
}

func (t *tx) saveBalance(w kyc.SaveBalance) error { return t.insert(balances, w.Balance, plainly) }

func (t *tx) saveCredential(w kyc.SaveCredential) error {
	return t.put(credentials, w.Credential, plainly)
}

// Account reads one account.
func (s *Store) Account(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (kyc.Account, error) {
	return one[kyc.Account](ctx, s.of(tenant), "account", accounts.selects("WHERE tenant_id = ? AND account_id = ?"), tenant, id)
}

// AccountOfApplication finds the account that an application led to.
func (s *Store) AccountOfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) (kyc.Account, error) {
	return one[kyc.Account](ctx, s.of(tenant), "account of application",
		accounts.selects("WHERE tenant_id = ? AND application_id = ?"), tenant, id)
}

// Balances lists what an account has, by currency.
func (s *Store) Balances(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]kyc.Balance, error) {
	return many[kyc.Balance](ctx, s.of(tenant), "balances",
		balances.selects("WHERE tenant_id = ? AND account_id = ? ORDER BY currency"), tenant, id)
}

// Credentials lists an applicant's hashed secrets, by kind and slot.
func (s *Store) Credentials(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicantID) ([]kyc.Credential, error) {
	return many[kyc.Credential](ctx, s.of(tenant), "credentials",
		credentials.selects("WHERE tenant_id = ? AND applicant_id = ? ORDER BY kind, slot"), tenant, id)
}
