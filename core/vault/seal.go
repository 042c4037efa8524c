package vault

import (
	"context"
	"encoding/binary"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// IndexBytes is the length of a blind index.
const IndexBytes = 32

// Seal encrypts a value of a column of a person. Column is any stable name of
// the place, such as "steps.values/profile": a value opens only at its place.
// The sealed form is 33 bytes longer. Gone: the person has been erased.
func (v *Vault) Seal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, plain []byte) ([]byte, error) {
	key, err := v.applicant(ctx, tenant, applicant)
	if err != nil {
		return nil, err
	}
	sealed, err := key.Encrypt(plain, binding("column", string(tenant), string(applicant), column))
	return sealed, kyc.Wrap(kyc.Internal, err, "seal "+column)
}

// Unseal opens what Seal made for the same place. Nothing sealed (a column
// never written) is nothing. Gone: the person has been erased. Internal: the
// value was made for another place, or has been changed.
func (v *Vault) Unseal(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, column string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	bound := binding("column", string(tenant), string(applicant), column)
	for again := false; ; again = true { // the key may be newer than ours
		key, err := v.applicant(ctx, tenant, applicant)
		if err != nil {
			return nil, err
		}
		plain, err := key.Decrypt(sealed, bound)
		if err == nil || again {
			return plain, kyc.Wrap(kyc.Internal, err, "sealed value of "+column+" does not open")
		}
		v.Forget(tenant, applicant)
	}
}

// SealTenant encrypts a value that belongs to no single person, such as a kept
// answer of a request with an idempotency key.
func (v *Vault) SealTenant(ctx context.Context, tenant kyc.TenantID, column string, plain []byte) ([]byte, error) {
	keys, err := v.tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	sealed, err := keys.seal.Encrypt(plain, binding("tenant.column", string(tenant), column))
	return sealed, kyc.Wrap(kyc.Internal, err, "seal "+column)
}

// UnsealTenant opens what SealTenant made for the same place.
func (v *Vault) UnsealTenant(ctx context.Context, tenant kyc.TenantID, column string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	for again := false; ; again = true { // the key may be newer than ours
		keys, err := v.tenant(ctx, tenant)
		if err != nil {
			return nil, err
		}
		plain, err := keys.seal.Decrypt(sealed, binding("tenant.column", string(tenant), column))
		if err == nil || again {
			return plain, kyc.Wrap(kyc.Internal, err, "sealed value of "+column+" does not open")
		}
		v.tenants.drop(tenant)
	}
}

// Index makes the keyed blind index of a canonical value within its class ("phone",
// "id:resident_id", "code"). Equal values of a class have equal indexes within a
// tenant and unrelated ones elsewhere. It also serves as keyed hash of codes,
// IndexBytes long; compare those with crypto/subtle. What is looked up ("phone",
// "email", "id:…") has keys of its own, which can be changed: its indexes have the
// slots of kyc.JoinSlots and are compared with kyc.SameIndex.
func (v *Vault) Index(ctx context.Context, tenant kyc.TenantID, class, canonical string) ([]byte, error) {
	keys, err := v.tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if !looksUp(class) {
		index, err := keys.index.ComputePRF(binding("index", class, canonical), IndexBytes)
		return index, kyc.Wrap(kyc.Internal, err, "make a blind index")
	}
	var slots [2][]byte
	for i, key := range keys.lookup {
		if key == nil {
			continue
		}
		if slots[i], err = key.ComputePRF(binding("index", class, canonical), IndexBytes); err != nil {
			return nil, kyc.Wrap(kyc.Internal, err, "make a blind index")
		}
	}
	return kyc.JoinSlots(slots[0], slots[1]), nil
}

// looksUp tells the classes of identifiers, which are stored for as long as the
// person is.
func looksUp(class string) bool {
	return class == string(kyc.Phone) || class == string(kyc.Email) || strings.HasPrefix(class, "id:")
}

// binding joins a purpose and what it applies to without ambiguity: each part
// with its length in front.
func binding(parts ...string) []byte {
	n := 0
	for _, p := range parts {
		n += len(p) + 2
	}
	b := make([]byte, 0, n)
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}
