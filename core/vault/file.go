package vault

import (
	"bytes"
	"context"
	"io"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/streamingaead"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/paifang/paifang/core/kyc"
)

// SealFile makes a writer that encrypts a stream into w under a fresh key of its
// own, which is returned sealed under the person's key. File names the stream;
// a stream opens only under its name. The stream is whole only after Close,
// which leaves w open; a stream cut short does not open to its end. Gone: the
// person has been erased.
func (v *Vault) SealFile(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, file string, w io.Writer) (io.WriteCloser, []byte, error) {
	person, err := v.applicant(ctx, tenant, applicant)
	if err != nil {
		return nil, nil, err
	}
	handle, err := keyset.NewHandle(streamingaead.AES256GCMHKDF4KBKeyTemplate())
	if err != nil {
		return nil, nil, kyc.Wrap(kyc.Internal, err, "make a file's key")
	}
	key, err := wrap(handle, person, binding("file.key", string(tenant), string(applicant), file))
	if err != nil {
		return nil, nil, kyc.Wrap(kyc.Internal, err, "wrap a file's key")
	}
	stream, err := streamingaead.New(handle)
	if err != nil {
		return nil, nil, kyc.Wrap(kyc.Internal, err, "use a file's key")
	}
	sealing, err := stream.NewEncryptingWriter(w, binding("file", string(tenant), string(applicant), file))
	if err != nil {
		return nil, nil, kyc.Wrap(kyc.Internal, err, "begin to seal a file")
	}
	return sealing, key, nil
}

// UnsealFile makes a reader of what SealFile wrote. Each segment of 4 KiB is
// checked before its bytes are given out; a changed, moved or shortened stream
// ends in an Internal error. Gone: the person has been erased.
func (v *Vault) UnsealFile(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, file string, key []byte, r io.Reader) (io.Reader, error) {
	stream, err := v.fileKey(ctx, tenant, applicant, file, key)
	if err != nil {
		return nil, err
	}
	clear, err := stream.NewDecryptingReader(r, binding("file", string(tenant), string(applicant), file))
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "begin to open a file")
	}
	return fileReader{clear}, nil
}

func (v *Vault) fileKey(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, file string, key []byte) (tink.StreamingAEAD, error) {
	for again := false; ; again = true { // the person's key may be newer than ours
		person, err := v.applicant(ctx, tenant, applicant)
		if err != nil {
			return nil, err
		}
		stream, err := openFileKey(key, person, binding("file.key", string(tenant), string(applicant), file))
		if err == nil || again {
			return stream, kyc.Wrap(kyc.Internal, err, "a file's key does not open")
		}
		v.Forget(tenant, applicant)
	}
}

func openFileKey(key []byte, person tink.AEAD, binding []byte) (tink.StreamingAEAD, error) {
	handle, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(key)), person, binding)
	if err != nil {
		return nil, err
	}
	return streamingaead.New(handle)
}

// fileReader gives Tink's read errors our code.
type fileReader struct{ r io.Reader }

func (f fileReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		err = kyc.Wrap(kyc.Internal, err, "a sealed file does not open")
	}
	return n, err
}
