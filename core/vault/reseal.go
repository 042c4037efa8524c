package vault

import (
	"bytes"
	"context"
	"encoding/binary"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/paifang/paifang/core/kyc"
)

// ResealTenant is a tenant's sealed value sealed by the newest key; ok is false when
// it is so already.
func (v *Vault) ResealTenant(ctx context.Context, tenant kyc.TenantID, column string, sealed []byte) (anew []byte, ok bool, err error) {
	keys, err := v.tenant(ctx, tenant)
	if err != nil || bytes.HasPrefix(sealed, Mark(keys.sealID)) {
		return nil, false, err
	}
	plain, err := v.UnsealTenant(ctx, tenant, column, sealed)
	if err != nil {
		return nil, false, err
	}
	anew, err = v.SealTenant(ctx, tenant, column, plain)
	clear(plain)
	return anew, err == nil, err
}

// PersonKeys are the keys of one person as they are stored and what they seal: what
// changes them has read them from storage and from no memory.
type PersonKeys struct {
	vault     *Vault
	tenant    kyc.TenantID
	applicant kyc.ApplicantID
	handle    *keyset.Handle
	opened    tink.AEAD
}

// PersonKeys opens a person's wrapped key. Gone: the person was erased.
func (v *Vault) PersonKeys(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, wrapped []byte) (*PersonKeys, error) {
	if len(wrapped) == 0 {
		return nil, gone()
	}
	keys, err := v.tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	handle, err := keys.unwrap(wrapped, tenant, applicant)
	if err != nil {
		return nil, err
	}
	return v.personKeys(tenant, applicant, handle)
}

func (v *Vault) personKeys(tenant kyc.TenantID, applicant kyc.ApplicantID, handle *keyset.Handle) (*PersonKeys, error) {
	opened, err := aead.New(handle)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "use an applicant's key")
	}
	return &PersonKeys{v, tenant, applicant, handle, opened}, nil
}

// Added are the keys with a new one, which seals from now on; Dropped those with the
// newest alone. Wrapped is how they are stored.
func (p *PersonKeys) Added() (*PersonKeys, error) { return p.changed(addKey) }

// Dropped are the keys without the older ones.
func (p *PersonKeys) Dropped() (*PersonKeys, error) { return p.changed(dropOlder) }

func (p *PersonKeys) changed(how func(*keyset.Handle) (*keyset.Handle, error)) (*PersonKeys, error) {
	handle, err := how(p.handle)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "change an applicant's key")
	}
	return p.vault.personKeys(p.tenant, p.applicant, handle)
}

// Wrapped is how the keys are stored.
func (p *PersonKeys) Wrapped(ctx context.Context) ([]byte, error) {
	keys, err := p.vault.tenant(ctx, p.tenant)
	if err != nil {
		return nil, err
	}
	return keys.wrap(p.handle, p.tenant, p.applicant)
}

// Older tells whether there are older keys beside the newest.
func (p *PersonKeys) Older() bool { return p.handle.Len() > 1 }

// Seal seals a value of a column by the newest key.
func (p *PersonKeys) Seal(column string, plain []byte) ([]byte, error) {
	sealed, err := p.opened.Encrypt(plain, binding("column", string(p.tenant), string(p.applicant), column))
	return sealed, kyc.Wrap(kyc.Internal, err, "seal "+column)
}

// Reseal is a sealed value of a column, or the keys of a file's or an archive's streams, sealed by the
// newest key; ok is false when it is so already.
func (p *PersonKeys) Reseal(c kyc.SealedCell) (anew []byte, ok bool, err error) {
	if c.Place == kyc.FileKeys || c.Place == kyc.ExportKeys {
		return p.resealFile(c)
	}
	newest, _ := keyIDs(p.handle)
	if bytes.HasPrefix(c.Sealed, Mark(newest)) {
		return nil, false, nil
	}
	bound := binding("column", string(p.tenant), string(p.applicant), c.Column)
	plain, err := p.opened.Decrypt(c.Sealed, bound)
	if err != nil {
		return nil, false, kyc.Wrap(kyc.Internal, err, "sealed value of "+c.Column+" does not open")
	}
	anew, err = p.Seal(c.Column, plain)
	clear(plain)
	return anew, err == nil, err
}

// resealFile wraps the keys of a file's two streams; the streams stay as they are.
func (p *PersonKeys) resealFile(c kyc.SealedCell) (anew []byte, ok bool, err error) {
	n, head := binary.Uvarint(c.Sealed)
	if head <= 0 || n > uint64(len(c.Sealed)-head) {
		return nil, false, kyc.E(kyc.Internal, "the keys of file %s are not readable", c.Column)
	}
	parts := [2][]byte{c.Sealed[head:][:n], c.Sealed[head:][n:]}
	newest, _ := keyIDs(p.handle)
	for i, part := range []string{"o", "r"} {
		if len(parts[i]) == 0 || bytes.Contains(parts[i], Mark(newest)) {
			continue
		}
		bound := binding("file.key", string(p.tenant), string(p.applicant), c.Column+"-"+part)
		handle, err := unwrap(parts[i], p.opened, bound)
		if err != nil {
			return nil, false, kyc.Wrap(kyc.Internal, err, "a key of file "+c.Column+" does not open")
		}
		if parts[i], err = wrap(handle, p.opened, bound); err != nil {
			return nil, false, kyc.Wrap(kyc.Internal, err, "wrap a file's key")
		}
		ok = true
	}
	anew = append(binary.AppendUvarint(nil, uint64(len(parts[0]))), parts[0]...)
	return append(anew, parts[1]...), ok, nil
}
