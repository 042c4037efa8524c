package rollout

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"slices"

	"github.com/paifang/paifang/core/kyc"
)

// Delivery is a version of a provider as its publisher gave it out.
type Delivery struct {
	Announced
	Signed  string            // the publisher's signed statement
	Program []byte            //
	Vectors map[string][]byte // golden vectors by the names of their files
}

// Announced is what a publisher who is trusted has signed.
type Announced struct {
	Provider, Version, Publisher string
	Digest                       string   // SHA-256 of the program, in hexadecimal
	Size                         int64    // of the program, in bytes
	Vectors                      []string // names of files
}

// Names of the parts of a form that brings a version, in the order in which they must
// come: nothing is read that nobody trusted has signed.
const (
	PartSigned  = "signed"
	PartVectors = "vectors" // any number of files
	PartProgram = "program"
)

// Bounds of what a browser or a client of the API sends, in bytes. Larger programs come
// by the command line.
const (
	MaxDelivered = 128 << 20
	maxSigned    = 64 << 10
	maxVector    = 4 << 20
)

func badParts(why string) error {
	return kyc.EKey(kyc.Invalid, "error.package_parts", "a package has the parts signed, vectors and program, in this order: %s", why)
}

// Install takes a version into the store of this node, when a trusted publisher has
// signed it, also where the command line takes unsigned ones. It runs when somebody
// says so. The form is read as far as it is believed; verify is given the parts
// before the statement, for a door's own token, and asked once more at the statement,
// with no value.
//
// Invalid ("error.package_parts"): not such a form. Forbidden
// ("error.package_signature", "error.package_mismatch"): no trusted publisher vouches for it.
// Invalid ("error.package_suite"): it does not pass what any version must. Conflict
// ("error.package_there"): the version is installed with another program.
// Unavailable ("error.package_busy"): another one is being installed.
func (b *Board) Install(ctx context.Context, a Act, contentType string, body io.Reader, verify func(name, value string) error) (Announced, error) {
	if !b.installing.TryLock() {
		return Announced{}, kyc.EKey(kyc.Unavailable, "error.package_busy", "another version is being installed")
	}
	defer b.installing.Unlock()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return Announced{}, badParts("not a multipart form")
	}
	d, err := b.receive(multipart.NewReader(io.LimitReader(body, MaxDelivered+maxSigned+1<<20), params["boundary"]), verify)
	if err != nil {
		return Announced{}, err
	}
	if err := b.Stock.Install(ctx, d); err != nil {
		return Announced{}, err
	}
	return d.Announced, b.Installed(ctx, a, d.Provider, d.Version, d.Digest, d.Publisher)
}

// receive reads a form up to its program.
func (b *Board) receive(form *multipart.Reader, verify func(name, value string) error) (Delivery, error) {
	d := Delivery{Vectors: map[string][]byte{}}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return d, badParts("it ends before the program")
		}
		if err != nil {
			return d, badParts("it cannot be read")
		}
		switch name := part.FormName(); {
		case d.Signed == "" && name != PartSigned:
			err = tell(part, name, verify)
		case d.Signed == "":
			if err = verify(name, ""); err == nil {
				err = b.announced(&d, part)
			}
		case name == PartVectors:
			err = d.vector(part)
		case name == PartProgram:
			d.Program, err = whole(part, d.Size)
			return d, err
		}
		if err != nil {
			return d, err
		}
	}
}

// tell gives a part before the statement to the door.
func tell(part *multipart.Part, name string, verify func(name, value string) error) error {
	if name == PartVectors || name == PartProgram {
		return badParts("the statement comes first")
	}
	raw, err := whole(part, 1<<10)
	if err != nil {
		return err
	}
	return verify(name, string(raw))
}

func (b *Board) announced(d *Delivery, part *multipart.Part) error {
	raw, err := whole(part, maxSigned)
	if err != nil {
		return err
	}
	if len(raw) == 0 {
		return badParts("the statement is empty")
	}
	d.Signed = string(raw)
	d.Announced, err = b.Stock.Announced(d.Signed)
	if err == nil && d.Size > MaxDelivered {
		err = kyc.EKey(kyc.TooLarge, "error.package_size", "the program has more than %d bytes", MaxDelivered)
	}
	return err
}

// vector keeps a file that was announced. An empty one without a name is what a browser
// sends when nobody chose one.
func (d *Delivery) vector(part *multipart.Part) error {
	name := part.FileName()
	raw, err := whole(part, maxVector)
	switch _, twice := d.Vectors[name]; {
	case err != nil || name == "" && len(raw) == 0:
		return err
	case twice || !slices.Contains(d.Announced.Vectors, name):
		return kyc.EKey(kyc.Forbidden, "error.package_mismatch", "a file of golden vectors that the statement does not name, or names once")
	}
	d.Vectors[name] = raw
	return nil
}

// whole reads a part of at most so many bytes.
func whole(part *multipart.Part, most int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(part, most+1))
	switch {
	case err != nil:
		return nil, badParts("a part cannot be read")
	case int64(len(raw)) > most:
		return nil, kyc.EKey(kyc.Forbidden, "error.package_mismatch", "a part is longer than it may be")
	}
	return raw, nil
}
