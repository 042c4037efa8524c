package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/paifang/paifang/core/kyc"
)

// Shelf keeps the trees of the tenants, outside of the database and of its
// back-ups: what is taken off the shelf must be gone. A tree has generations,
// from 1; each is written once. Bodies are sealed.
type Shelf interface {
	// Newest reads the newest generation; NotFound when there is none.
	Newest(ctx context.Context, tenant kyc.TenantID) (generation int, body []byte, err error)
	// Put writes a generation so that it survives a power cut; Conflict when
	// there is one of this number.
	Put(ctx context.Context, tenant kyc.TenantID, generation int, body []byte) error
	// Burn destroys the generations before one.
	Burn(ctx context.Context, tenant kyc.TenantID, before int) error
}

const treeEnding = ".tree"

func treeName(generation int) string { return fmt.Sprintf("%012d%s", generation, treeEnding) }

func treeNumber(name string) (int, bool) {
	digits, ok := strings.CutSuffix(name, treeEnding)
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil && n > 0 && name == treeName(n)
}

// OpenShelf opens the place of the trees: a folder, made if need be and readable
// by its owner only, or with open a bucket whose address has a scheme, such as
// "s3://BUCKET?region=…". A bucket must not keep old versions of what is deleted.
func OpenShelf(ctx context.Context, place string, open func(ctx context.Context, place string) (*blob.Bucket, error)) (Shelf, error) {
	if !strings.Contains(place, "://") {
		return folder(place), nil
	}
	b, err := open(ctx, place)
	if err != nil {
		return nil, err
	}
	return bucket{b}, nil
}

// folder is a shelf on disk: a folder for each tenant, a file for each generation.
type folder string

func (f folder) of(tenant kyc.TenantID) string { return filepath.Join(string(f), string(tenant)) }

func (f folder) generations(tenant kyc.TenantID) ([]int, error) {
	entries, err := os.ReadDir(f.of(tenant)) // by name, which is by number
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, kyc.Wrap(kyc.Unavailable, err, "look through the key store")
	}
	var list []int
	for _, e := range entries {
		if n, ok := treeNumber(e.Name()); ok {
			list = append(list, n)
		}
	}
	return list, nil
}

func (f folder) Newest(_ context.Context, tenant kyc.TenantID) (int, []byte, error) {
	for range manyWriters { // what is newest now may be burnt before it is read
		list, err := f.generations(tenant)
		if err != nil {
			return 0, nil, err
		}
		if len(list) == 0 {
			return 0, nil, kyc.E(kyc.NotFound, "the key store has nothing of tenant %s", tenant)
		}
		newest := list[len(list)-1]
		name := filepath.Join(f.of(tenant), treeName(newest))
		body, err := os.ReadFile(name)
		if err == nil {
			// Destroyed while it was read? The name goes before the bytes do.
			_, err = os.Lstat(name)
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return newest, body, kyc.Wrap(kyc.Unavailable, err, "read from the key store")
	}
	return 0, nil, kyc.E(kyc.Unavailable, "others keep changing the tree of tenant %s", tenant)
}

func (f folder) Put(_ context.Context, tenant kyc.TenantID, generation int, body []byte) error {
	dir := f.of(tenant)
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = link(dir, treeName(generation), body)
	}
	if err == nil {
		err = errors.Join(syncDir(string(f)), syncDir(filepath.Dir(string(f))))
	}
	if errors.Is(err, fs.ErrExist) {
		return kyc.Wrap(kyc.Conflict, err, "this generation is in the key store already")
	}
	return kyc.Wrap(kyc.Unavailable, err, "write to the key store")
}

// Burn also overwrites, for what that is worth on the medium.
func (f folder) Burn(_ context.Context, tenant kyc.TenantID, before int) error {
	list, err := f.generations(tenant)
	if err != nil {
		return err
	}
	for _, n := range list {
		if n >= before {
			continue
		}
		if err := destroy(filepath.Join(f.of(tenant), treeName(n))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return kyc.Wrap(kyc.Unavailable, err, "destroy in the key store")
		}
	}
	return kyc.Wrap(kyc.Unavailable, syncDir(f.of(tenant)), "destroy in the key store")
}

// destroy takes the name away first: whoever still finds it after reading has read
// what was not overwritten.
func destroy(name string) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0) // of our own making, on our own shelf
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil {
		err = os.Remove(name)
	}
	if err == nil {
		_, err = file.WriteAt(make([]byte, info.Size()), 0)
	}
	return errors.Join(err, file.Sync(), file.Close())
}

// bucket is a shelf in S3-compatible storage, shared by many nodes.
type bucket struct{ blobs *blob.Bucket }

func (b bucket) generations(ctx context.Context, tenant kyc.TenantID) ([]int, error) {
	var list []int
	all := b.blobs.List(&blob.ListOptions{Prefix: string(tenant) + "/"})
	for {
		o, err := all.Next(ctx)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, kyc.Wrap(kyc.Unavailable, err, "look through the key store")
		}
		if n, ok := treeNumber(strings.TrimPrefix(o.Key, string(tenant)+"/")); ok {
			list = append(list, n)
		}
	}
}

func (b bucket) Newest(ctx context.Context, tenant kyc.TenantID) (int, []byte, error) {
	for range manyWriters {
		list, err := b.generations(ctx, tenant)
		if err != nil {
			return 0, nil, err
		}
		if len(list) == 0 {
			return 0, nil, kyc.E(kyc.NotFound, "the key store has nothing of tenant %s", tenant)
		}
		newest := list[len(list)-1]
		body, err := b.blobs.ReadAll(ctx, string(tenant)+"/"+treeName(newest))
		if gcerrors.Code(err) == gcerrors.NotFound {
			continue
		}
		return newest, body, kyc.Wrap(kyc.Unavailable, err, "read from the key store")
	}
	return 0, nil, kyc.E(kyc.Unavailable, "others keep changing the tree of tenant %s", tenant)
}

func (b bucket) Put(ctx context.Context, tenant kyc.TenantID, generation int, body []byte) error {
	err := b.blobs.WriteAll(ctx, string(tenant)+"/"+treeName(generation), body, &blob.WriterOptions{IfNotExist: true})
	if gcerrors.Code(err) == gcerrors.FailedPrecondition {
		return kyc.Wrap(kyc.Conflict, err, "this generation is in the key store already")
	}
	return kyc.Wrap(kyc.Unavailable, err, "write to the key store")
}

func (b bucket) Burn(ctx context.Context, tenant kyc.TenantID, before int) error {
	list, err := b.generations(ctx, tenant)
	if err != nil {
		return err
	}
	for _, n := range list {
		if n >= before {
			continue
		}
		if err := b.blobs.Delete(ctx, string(tenant)+"/"+treeName(n)); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return kyc.Wrap(kyc.Unavailable, err, "destroy in the key store")
		}
	}
	return nil
}
