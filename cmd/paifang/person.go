package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/evidence"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/policies"
)

type personCommand struct {
	Erase     personErase     `cmd:"" help:"Erase a person: data and files become unreadable, in back-ups of the data too."`
	Export    personExport    `cmd:"" help:"Write everything held about a person into a zip archive."`
	Retention personRetention `cmd:"" help:"Show or set for how many days a tenant keeps applications that came to nothing."`
}

// personStorage is what the commands about persons need beside the database.
type personStorage struct {
	Storage
	Blobs string `help:"Where sealed files are kept, a folder or s3://BUCKET?region=REGION. Default: blobs in the data folder." env:"PAIFANG_BLOBS" placeholder:"PLACE"`
}

// withRights opens what the rights need, does one thing and closes it.
func withRights(ctx context.Context, c personStorage, do func(h *house, r *person.Rights) error) error {
	return with(ctx, c.Storage, func(h *house) error {
		blobs, err := evidence.OpenBlobs(ctx, Serving{Storage: c.Storage, Blobs: c.Blobs}.blobs())
		if err != nil {
			return err
		}
		files := evidence.New(evidence.Config{Vault: h.vault, Blobs: blobs, Files: h.store.AllFiles, Clock: time.Now, IDs: newID})
		err = do(h, person.New(person.Config{Store: h.store, Keys: h.vault, Files: files, Clock: time.Now, IDs: newID}))
		return errors.Join(err, blobs.Close())
	})
}

// applicantOf finds the person of an application, which is what people see the
// id of, or takes an id of a person.
func applicantOf(ctx context.Context, h *house, tenant kyc.TenantID, id string) (kyc.ApplicantID, error) {
	app, err := h.store.Application(ctx, tenant, kyc.ApplicationID(id))
	if kyc.CodeOf(err) == kyc.NotFound {
		return kyc.ApplicantID(id), nil
	}
	return app.Applicant, err
}

type personErase struct {
	personStorage
	Tenant string `arg:"" help:"Tenant."`
	ID     string `arg:"" help:"Id of an application of the person, or of the person."`
	Reason string `required:"" enum:"${erase_reasons}" help:"Why; one of ${enum}." placeholder:"REASON"`
	Force  bool   `help:"Also who has an account, or money in it. You answer for that the law does not want the data kept."`
	Yes    bool   `help:"There is no way back: without this nothing is done."`
}

func (c *personErase) Run(ctx context.Context, t terminal) error {
	if !c.Yes {
		return errors.New("an erasure cannot be undone: give --yes when you are sure")
	}
	return withRights(ctx, c.personStorage, func(h *house, r *person.Rights) error {
		tenant := kyc.TenantID(c.Tenant)
		id, err := applicantOf(ctx, h, tenant, c.ID)
		if err != nil {
			return err
		}
		err = r.Erase(ctx, person.Order{Tenant: tenant, Applicant: id, Reason: c.Reason, Actor: audit.System("command line"), Force: c.Force})
		if kyc.CodeOf(err) == kyc.Conflict {
			return fmt.Errorf("%w; --force erases all the same", err)
		}
		if err != nil && kyc.CodeOf(err) != kyc.Gone {
			return err
		}
		// A server that runs does the rest, too: whoever comes first.
		if err := r.Finish(ctx, kyc.Job{Tenant: tenant, Kind: kyc.JobErase, Ref: string(id)}, 1); err != nil {
			return err
		}
		fmt.Fprintln(t.out, "Erased: data, files, and what back-ups could be opened with.")
		return nil
	})
}

type personExport struct {
	personStorage
	Tenant string `arg:"" help:"Tenant."`
	ID     string `arg:"" help:"Id of an application of the person, or of the person."`
	File   string `arg:"" help:"Archive to write; it must not exist." type:"path"`
	Why    string `required:"" enum:"${export_reasons}" help:"Why; one of ${enum}. The person is told in general words." placeholder:"REASON"`
	Ticket string `help:"Number of a ticket or file: letters, digits and . _ / -"`
	By     string `help:"Who does it, as the record is to name them: a login or number, no person's name. Default: the name of your account on this machine." placeholder:"NAME"`
}

// operator is who works at the command line: as given, else by the machine.
func operator(given string) string {
	if u, err := user.Current(); given == "" && err == nil {
		given = u.Username
	}
	return given
}

func (c *personExport) Run(ctx context.Context) error {
	by := operator(c.By)
	if by == "" || audit.Personal(by) {
		return errors.New("say who does it with --by, by a login or number: letters, digits and - . _ only, no e-mail address and no telephone number")
	}
	to := person.Handout{To: audit.System("command line " + by), Role: policies.PlatformOperator, Why: c.Why, Ticket: c.Ticket}
	return withRights(ctx, c.personStorage, func(h *house, r *person.Rights) error {
		tenant := kyc.TenantID(c.Tenant)
		id, err := applicantOf(ctx, h, tenant, c.ID)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		err = errors.Join(r.Export(ctx, tenant, id, to, f), f.Close())
		if err != nil { // half an archive is none
			return errors.Join(err, os.Remove(c.File))
		}
		return nil
	})
}

type personRetention struct {
	personStorage
	Tenant string         `arg:"" help:"Tenant."`
	Set    map[string]int `help:"Days for expired, withdrawn, rejected; 0 is for ever." placeholder:"STATE=DAYS;…"`
}

func (c *personRetention) Run(ctx context.Context, t terminal) error {
	return withRights(ctx, c.personStorage, func(h *house, r *person.Rights) error {
		tenant := kyc.TenantID(c.Tenant)
		if err := h.office.Known(ctx, tenant); err != nil {
			return err
		}
		for state, days := range c.Set {
			set := kyc.Retention{Tenant: tenant, State: kyc.State(state), Days: days}
			if err := r.SetRetention(ctx, set, audit.System("command line")); err != nil {
				return err
			}
		}
		list, err := r.Retentions(ctx, tenant)
		for _, keep := range list {
			fmt.Fprintf(t.out, "%s %s\n", keep.State, map[bool]string{true: "for ever", false: fmt.Sprintf("%d days", keep.Days)}[keep.Days == 0])
		}
		return err
	})
}

func eraseReasons() string { return strings.Join(person.Reasons(), ",") }

func exportReasons() string { return strings.Join(person.ExportReasons(), ",") }
