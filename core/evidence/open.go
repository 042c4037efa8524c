package evidence

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcerrors"

	"github.com/paifang/paifang/core/kyc"
)

// renditionType is the media type of every rendition.
const renditionType = "image/jpeg"

// OpenBlobs opens the place of the sealed blobs: an S3-compatible bucket
// "s3://BUCKET?region=…&endpoint=…&prefix=…", with the credentials that the AWS
// environment has, or a directory, which is made if need be. In a directory
// half-written blobs stand beside whole ones, with the ending .tmp; they are
// sealed like all others.
func OpenBlobs(ctx context.Context, place string) (*blob.Bucket, error) {
	if strings.HasPrefix(place, s3blob.Scheme+"://") {
		b, err := blob.OpenBucket(ctx, place)
		return b, kyc.Wrap(kyc.Unavailable, err, "open the bucket of the blobs")
	}
	b, err := fileblob.OpenBucket(place, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	return b, kyc.Wrap(kyc.Unavailable, err, "open the blobs")
}

// Open opens the rendition or the original of a file and tells its media type.
// Gone: the applicant has been erased. NotFound: the blob is not there.
// Internal: it has been changed. The context must live as long as the reader.
func (in *Intake) Open(ctx context.Context, file kyc.File, rendition bool) (io.ReadCloser, string, error) {
	if len(file.Key) == 0 {
		return nil, "", kyc.EKey(kyc.Gone, "error.erased", "the file's key is gone")
	}
	keys, err := splitKeys(file.Key)
	if err != nil {
		return nil, "", err
	}
	if rendition {
		r, err := in.open(ctx, &file, renditionPart, file.Rendition, keys.rendition)
		return r, renditionType, err
	}
	r, err := in.open(ctx, &file, originalPart, file.Original, keys.original)
	return r, file.MediaType, err
}

func (in *Intake) open(ctx context.Context, file *kyc.File, part, ref string, key []byte) (io.ReadCloser, error) {
	sealed, err := in.Blobs.NewReader(ctx, ref, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, kyc.E(kyc.NotFound, "blob %s is not there", ref)
	}
	if err != nil {
		return nil, kyc.Wrap(kyc.Unavailable, err, "open a blob")
	}
	clear, err := in.Vault.UnsealFile(ctx, file.Tenant, file.Applicant, sealedName(file, part), key, sealed)
	if err != nil {
		return nil, errors.Join(err, sealed.Close())
	}
	ahead := bufio.NewReaderSize(clear, 16<<10)
	if _, err := ahead.Peek(1); err != nil { // a wrong key shows now, not in the middle of an answer
		return nil, errors.Join(err, sealed.Close())
	}
	return stream{ahead, sealed}, nil
}

type stream struct {
	io.Reader
	io.Closer
}

// Remove deletes both blobs of a file; what is not there is no error. It does so
// for a cancelled context too, because what it cleans up after is often just
// that; 10 seconds at most.
func (in *Intake) Remove(ctx context.Context, file kyc.File) error {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer done()
	var failed error
	for _, ref := range []string{file.Original, file.Rendition} {
		if ref == "" {
			continue
		}
		if err := in.Blobs.Delete(ctx, ref); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			failed = errors.Join(failed, kyc.Wrap(kyc.Unavailable, err, "remove a blob"))
		}
	}
	return failed
}
