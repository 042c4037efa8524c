package evidence

import (
	"context"
	"io"

	"github.com/paifang/paifang/core/kyc"
)

// Keep seals something that we made ourselves for the person of a file: it is neither
// looked at nor drawn anew. It sets Original, Size and Key; ID, Tenant, Applicant and
// Application say where it lies. What is there under that id is replaced. Open and
// Remove serve it like any other file.
func (in *Intake) Keep(ctx context.Context, file *kyc.File, src io.Reader) error {
	keys, counted := fileKeys{}, &counter{r: src}
	var err error
	if keys.original, err = in.store(ctx, file, originalPart, &file.Original, counted); err != nil {
		return err
	}
	file.Size, file.Key = counted.n, keys.join()
	return nil
}
