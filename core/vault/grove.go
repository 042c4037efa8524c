package vault

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"strconv"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/paifang/paifang/core/kyc"
)

// manyWriters bounds how often a tree is read anew because another node has
// destroyed a leaf meanwhile.
const manyWriters = 100

// grown reads the newest generation of a tenant's tree.
func (v *Vault) grown(ctx context.Context, tenant kyc.TenantID) (int, *tree, error) {
	if v.shelf == nil {
		return 0, nil, kyc.E(kyc.Internal, "tenant %s has a tree of keys and there is no key store", tenant)
	}
	generation, body, err := v.shelf.Newest(ctx, tenant)
	if kyc.CodeOf(err) == kyc.NotFound {
		return 0, nil, kyc.Wrap(kyc.Internal, err, "the key store lacks the keys of tenant "+string(tenant)+": put it back")
	}
	if err != nil {
		return 0, nil, err
	}
	plain, err := v.openBody(tenant, generation, body)
	if err != nil {
		return 0, nil, notOpened(err, "tree of tenant "+string(tenant))
	}
	t, err := parseTree(plain)
	clear(plain)
	return generation, t, kyc.Wrap(kyc.Internal, err, "read a tenant's tree")
}

// plant puts a tenant's first tree on the shelf, unless there is one.
func (v *Vault) plant(ctx context.Context, tenant kyc.TenantID) error {
	_, _, err := v.shelf.Newest(ctx, tenant)
	if kyc.CodeOf(err) != kyc.NotFound {
		return err
	}
	var root [seedBytes]byte
	_, _ = rand.Read(root[:]) // never fails
	body, err := v.sealBody(tenant, 1, newTree(root))
	if err != nil {
		return err
	}
	if err := v.shelf.Put(ctx, tenant, 1, body); kyc.CodeOf(err) != kyc.Conflict { // another one planted
		return err
	}
	return nil
}

// Destroy makes the keys of these persons incomputable for ever, whatever copy of
// their wrapped keys turns up, and burns what they could be computed from. Doing
// so again is no error, and finishes what was cut off. Other nodes that have the
// tree in memory forget it within Config.Fresh. Without a tree it does nothing.
func (v *Vault) Destroy(ctx context.Context, tenant kyc.TenantID, applicants ...kyc.ApplicantID) error {
	stored, err := v.keys.TenantKeys(ctx, tenant)
	if err != nil || !stored.Tree {
		return err
	}
	for range manyWriters {
		generation, t, err := v.grown(ctx, tenant)
		if err != nil {
			return err
		}
		changed := false
		for _, a := range applicants {
			var there bool
			t, there = t.puncture(leafOf(tenant, a))
			changed = changed || there
		}
		if changed {
			generation++
			if newest, err := v.keep(ctx, tenant, generation, t); err != nil {
				return err
			} else if !newest {
				continue
			}
		}
		v.tenants.drop(tenant)
		for _, a := range applicants {
			v.Forget(tenant, a)
		}
		return v.shelf.Burn(ctx, tenant, generation)
	}
	return kyc.E(kyc.Unavailable, "others keep changing the tree of tenant %s", tenant)
}

// keep puts a generation on the shelf, and tells whether it is the newest then.
// Its number may be free because others wrote it and more, and burnt it.
func (v *Vault) keep(ctx context.Context, tenant kyc.TenantID, generation int, t *tree) (bool, error) {
	body, err := v.sealBody(tenant, generation, t)
	if err != nil {
		return false, err
	}
	if err := v.shelf.Put(ctx, tenant, generation, body); err != nil {
		if kyc.CodeOf(err) == kyc.Conflict {
			return false, nil
		}
		return false, err
	}
	newest, _, err := v.shelf.Newest(ctx, tenant)
	return newest == generation, err
}

// A tree is sealed under a key of its own, which the master key wraps: a KMS takes
// a few kilobytes only. The wrapped key stands in front, with its length.
func (v *Vault) sealBody(tenant kyc.TenantID, generation int, t *tree) ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "make a tree's key")
	}
	bound := treeBinding(tenant, generation)
	key, err := wrap(handle, v.master, bound)
	if err != nil {
		return nil, kyc.Wrap(kyc.Unavailable, err, "wrap a tree's key")
	}
	sealer, err := aead.New(handle)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "use a tree's key")
	}
	plain := t.bytes()
	sealed, err := sealer.Encrypt(plain, bound)
	clear(plain)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "seal a tree")
	}
	return append(append(binary.AppendUvarint(nil, uint64(len(key))), key...), sealed...), nil
}

func (v *Vault) openBody(tenant kyc.TenantID, generation int, body []byte) ([]byte, error) {
	n, head := binary.Uvarint(body)
	if head <= 0 || n > uint64(len(body)-head) {
		return nil, kyc.E(kyc.Internal, "a tree is cut short")
	}
	body, bound := body[head:], treeBinding(tenant, generation)
	handle, err := unwrap(body[:n], v.master, bound)
	if err != nil {
		return nil, err
	}
	opener, err := aead.New(handle)
	if err != nil {
		return nil, err
	}
	return opener.Decrypt(body[n:], bound)
}

func treeBinding(tenant kyc.TenantID, generation int) []byte {
	return binding("tree", string(tenant), strconv.Itoa(generation))
}
