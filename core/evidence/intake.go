package evidence

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strconv"

	"gocloud.dev/blob"
	"golang.org/x/sync/semaphore"

	"github.com/paifang/paifang/core/kyc"
)

// Vault seals files; *vault.Vault does.
type Vault interface {
	SealFile(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, file string, w io.Writer) (io.WriteCloser, []byte, error)
	UnsealFile(ctx context.Context, tenant kyc.TenantID, applicant kyc.ApplicantID, file string, key []byte, r io.Reader) (io.Reader, error)
	Index(ctx context.Context, tenant kyc.TenantID, class, canonical string) ([]byte, error)
}

// Files reads the files of an application, in any state.
type Files func(ctx context.Context, tenant kyc.TenantID, application kyc.ApplicationID) ([]kyc.File, error)

// Config makes an Intake. Decodes and Memory have usable zero values.
type Config struct {
	Vault   Vault
	Blobs   *blob.Bucket
	Files   Files
	Clock   kyc.Clock
	IDs     kyc.IDs
	Decodes int   // files looked into at a time; 0: one per core
	Memory  int64 // bytes of pixels at a time, and for one file; 0: 256 MiB
}

// Intake takes files in and gives them out. It is safe for concurrent use.
type Intake struct {
	Config
	slots *semaphore.Weighted
	room  *semaphore.Weighted
}

// New makes an Intake. It panics when a required part is missing.
func New(c Config) *Intake {
	if c.Vault == nil || c.Blobs == nil || c.Files == nil || c.Clock == nil || c.IDs == nil {
		panic("evidence: Vault, Blobs, Files, Clock and IDs are required")
	}
	if c.Decodes <= 0 {
		c.Decodes = runtime.GOMAXPROCS(0)
	}
	if c.Memory <= 0 {
		c.Memory = 256 << 20
	}
	return &Intake{
		Config: c,
		slots:  semaphore.NewWeighted(int64(c.Decodes)),
		room:   semaphore.NewWeighted(c.Memory),
	}
}

// Upload says where a file belongs.
type Upload struct {
	Tenant      kyc.TenantID
	Applicant   kyc.ApplicantID
	Application kyc.ApplicationID
	Requirement string
	Side        string
}

// Take takes one file in. The returned File is current and not yet recorded:
// the caller commits it with kyc.SaveFile, or calls Remove when that fails.
// Problems have one of the codes file.empty, file.too_small, file.too_large,
// file.unsupported_type, file.heic, file.pdf, file.interrupted, file.corrupt,
// file.duplicate_upload, file.too_many_pixels and image.low_resolution.
func (in *Intake) Take(ctx context.Context, u Upload, body io.Reader) (kyc.File, []kyc.Problem, error) {
	file := kyc.File{
		Tenant: u.Tenant, ID: kyc.FileID(in.IDs()), Application: u.Application, Applicant: u.Applicant,
		Requirement: u.Requirement, Side: u.Side, State: kyc.FileCurrent,
	}
	err := in.take(ctx, &file, body)
	if err == nil {
		return file, nil, nil
	}
	cleanup := in.Remove(ctx, file)
	var short refusal
	if errors.As(err, &short) && cleanup == nil {
		return kyc.File{}, []kyc.Problem{short.problem(u)}, nil
	}
	return kyc.File{}, nil, errors.Join(err, cleanup)
}

func (in *Intake) take(ctx context.Context, file *kyc.File, body io.Reader) error {
	src := bufio.NewReaderSize(&bounded{ctx: ctx, r: body}, 32<<10)
	format, err := sniff(src)
	if err != nil {
		return err
	}
	file.MediaType = format.mediaType
	keys := fileKeys{}
	if err := in.keepOriginal(ctx, file, &keys, src); err != nil {
		return err
	}
	if err := in.refuseDuplicate(ctx, file); err != nil {
		return err
	}
	rendition, err := in.rendition(ctx, file, keys, format)
	if err != nil {
		return err
	}
	if keys.rendition, err = in.store(ctx, file, renditionPart, &file.Rendition, bytes.NewReader(rendition)); err != nil {
		return err
	}
	file.Key = keys.join()
	file.Created = kyc.At(in.Clock())
	return nil
}

func (in *Intake) refuseDuplicate(ctx context.Context, file *kyc.File) error {
	others, err := in.Files(ctx, file.Tenant, file.Application)
	if err != nil {
		return err
	}
	for _, o := range others {
		elsewhere := o.Requirement != file.Requirement || o.Side != file.Side
		if o.State == kyc.FileCurrent && elsewhere && bytes.Equal(o.Digest, file.Digest) {
			return refuse("file.duplicate_upload")
		}
	}
	return nil
}

// refusal is a file that falls short, on its way to becoming a Problem.
type refusal struct {
	code   string
	params map[string]string
}

func refuse(code string) refusal { return refusal{code: code} }

func (r refusal) with(name string, value int) refusal {
	p := kyc.Problem{Params: r.params}.With(name, strconv.Itoa(value))
	return refusal{code: r.code, params: p.Params}
}

func (r refusal) Error() string { return "refused: " + r.code }

func (r refusal) problem(u Upload) kyc.Problem {
	return kyc.Problem{Path: u.Requirement + "." + u.Side, Code: r.code, Params: r.params}
}
