package evidence

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"gocloud.dev/blob"

	"github.com/paifang/paifang/core/kyc"
)

// The two streams of a file; the part is the end of the blob's name and of the
// name under which the stream is sealed, so that they cannot be exchanged.
const (
	originalPart  = "o"
	renditionPart = "r"
)

// minBytes is less than any picture of the required size takes.
const minBytes = 256

// keepOriginal streams the upload into its sealed blob and digests it.
func (in *Intake) keepOriginal(ctx context.Context, file *kyc.File, keys *fileKeys, src io.Reader) error {
	digest := sha256.New()
	counted := &counter{r: io.TeeReader(src, digest)}
	var err error
	if keys.original, err = in.store(ctx, file, originalPart, &file.Original, counted); err != nil {
		return err
	}
	file.Size = counted.n
	if file.Size < minBytes {
		return refuse("file.too_small")
	}
	file.Digest, err = in.Vault.Index(ctx, file.Tenant, "file", string(digest.Sum(nil)))
	return err
}

// store seals src into a blob of the file and returns the sealed key. The name
// is set as soon as there may be something to remove. When src fails, its error
// is returned and the half-written blob is given up.
func (in *Intake) store(ctx context.Context, file *kyc.File, part string, name *string, src io.Reader) ([]byte, error) {
	writing, giveUp := context.WithCancel(ctx)
	defer giveUp()
	ref := string(file.Tenant) + "/" + string(file.Application) + "/" + string(file.ID) + "-" + part
	disk := onDisk{}
	out, err := in.Blobs.NewWriter(writing, ref, &blob.WriterOptions{ContentType: "application/octet-stream", BeforeWrite: disk.find})
	if err != nil {
		return nil, unstored(err, "begin a blob")
	}
	key, err := in.seal(ctx, file, part, out, src)
	if err != nil {
		giveUp()
		return nil, errors.Join(err, ignoreCancelled(out.Close()))
	}
	*name = ref
	err = errors.Join(disk.syncFile(), out.Close(), disk.syncFolders())
	return key, unstored(err, "finish a blob")
}

func (in *Intake) seal(ctx context.Context, file *kyc.File, part string, out io.Writer, src io.Reader) ([]byte, error) {
	sealing, key, err := in.Vault.SealFile(ctx, file.Tenant, file.Applicant, sealedName(file, part), out)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(sealing, src); err != nil {
		var short refusal
		if errors.As(err, &short) {
			return nil, err
		}
		return nil, unstored(err, "write a blob")
	}
	return key, unstored(sealing.Close(), "write a blob")
}

// unstored is the error of a place for blobs that cannot be written, a full disk
// for one. Nothing of the file is kept. nil stays nil.
func unstored(err error, doing string) error {
	if err == nil {
		return nil
	}
	return &kyc.Error{Code: kyc.Unavailable, Key: "error.storage", Detail: doing, Err: err}
}

func sealedName(file *kyc.File, part string) string { return string(file.ID) + "-" + part }

// ignoreCancelled drops the error of a writer that we gave up ourselves.
func ignoreCancelled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// bounded reads the applicant's body: more than the limit and a body that ends
// early are refusals, unless it is the request that has been cancelled.
type bounded struct {
	ctx context.Context
	r   io.Reader
	n   int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, kyc.Wrap(kyc.Unavailable, b.ctx.Err(), "upload cancelled")
	}
	n, err := b.r.Read(p)
	b.n += int64(n)
	switch {
	case b.n > kyc.MaxDocumentBytes:
		return n, refuse("file.too_large").with("max_mb", kyc.MaxDocumentBytes/1_000_000)
	case err == nil || err == io.EOF:
		return n, err
	case b.ctx.Err() != nil:
		return n, kyc.Wrap(kyc.Unavailable, b.ctx.Err(), "upload cancelled")
	}
	return n, refuse("file.interrupted")
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
