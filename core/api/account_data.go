package api

import (
	"context"
	"io"
	"mime"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
)

// OwnRights is what account holders ask of those who hold their data; *person.Rights
// does.
type OwnRights interface {
	Own(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) (person.Own, error)
	AskExport(ctx context.Context, holder kyc.Account, device string) (kyc.Export, error)
	OpenExport(ctx context.Context, holder kyc.Account, id string) (io.ReadCloser, kyc.Export, error)
	AskOwn(ctx context.Context, holder kyc.Account, device string) error
	Undo(ctx context.Context, holder kyc.Account, device string) error
}

// AccountData is what an account holder asked, and what follows.
type AccountData struct {
	Export  *DataExport  `json:"export,omitempty" doc:"The copy asked for last"`
	Erasure *DataErasure `json:"erasure,omitempty" doc:"Absent: it was not asked for"`
	Against string       `json:"against,omitempty" enum:"erase_account,erase_balance" doc:"What stands against an erasure: the law, which wants records of accounts kept, or money, which has to be paid out first. One can ask all the same"`
	Keep    int          `json:"keep_days,omitempty" doc:"For how many days the records of an account are kept after its end, as the marketplace says"`
	Money   []Balance    `json:"money,omitempty" doc:"To be paid out first"`
}

// DataExport is a copy of what is held.
type DataExport struct {
	ID      string `json:"id" format:"uuid"`
	State   string `json:"state" enum:"asked,making,ready,failed,expired"`
	Done    int    `json:"files_done"`
	Total   int    `json:"files_total"`
	Size    int64  `json:"bytes,omitempty"`
	Asked   string `json:"asked_at" format:"date-time"`
	Expires string `json:"expires_at,omitempty" format:"date-time"`
	Href    string `json:"href,omitempty" doc:"Where the archive is while it is ready; for this account's sessions only"`
}

// DataErasure is where the wish to be erased stands.
type DataErasure struct {
	State  string `json:"state" enum:"asked,granted,refused,undone,proposed"`
	Reason string `json:"reason,omitempty" enum:"retention,legal_hold,balance,identity" doc:"Of a refusal"`
	Asked  string `json:"asked_at" format:"date-time"`
	Answer string `json:"answer_due_at,omitempty" format:"date-time"`
	Due    string `json:"carried_out_at,omitempty" format:"date-time" doc:"Granted: until then it can be taken back"`
	Until  string `json:"kept_until,omitempty" format:"date-time" doc:"Refused: then it is carried out without asking again"`
	Undo   bool   `json:"may_undo"`
}

func (d *Door) accountData(c *fiber.Ctx, who caller, _ none) (AccountData, error) {
	own, err := d.Rights.Own(c.UserContext(), who.tenant, who.account)
	if err != nil {
		return AccountData{}, err
	}
	out := AccountData{Against: strings.TrimPrefix(own.Against, "error."), Keep: own.Keep, Money: balances(own.Money)}
	if own.Latest.ID != "" {
		x := dataExport(own.Latest)
		out.Export = &x
	}
	if e := own.Erasure; e.State != "" && e.State != kyc.ErasureProposed { // what staff propose is their own affair
		out.Erasure = &DataErasure{State: string(e.State), Asked: stamp(e.Asked), Answer: stamp(own.Due), Due: stamp(e.Due), Until: stamp(e.Until),
			Undo: e.State == kyc.ErasureAsked || e.State == kyc.ErasureGranted}
		if e.State == kyc.ErasureRefused {
			out.Erasure.Reason = e.Reason
		}
	}
	return out, nil
}

func dataExport(x kyc.Export) DataExport {
	out := DataExport{ID: x.ID, State: string(x.State), Done: x.Done, Total: x.Total, Size: x.Size, Asked: stamp(x.Asked), Expires: stamp(x.Expires)}
	if x.State == kyc.ExportReady {
		out.Href = base + "/account/data/exports/" + x.ID + "/archive"
	}
	return out
}

func (d *Door) askExport(c *fiber.Ctx, who caller, _ none) (DataExport, error) {
	holder, err := d.Owner.Proved(c.UserContext(), who.tenant, who.token)
	if err != nil {
		return DataExport{}, err
	}
	x, err := d.Rights.AskExport(c.UserContext(), holder, credential.Agent(clientOf(c, who).Agent))
	return dataExport(x), err
}

func (d *Door) ownExportHandler() handler {
	return handler{status: 200, files: []string{"application/zip"}, serve: func(c *fiber.Ctx, who caller) error {
		holder, err := d.Owner.Proved(c.UserContext(), who.tenant, who.token)
		if err != nil {
			return err
		}
		archive, x, err := d.Rights.OpenExport(context.WithoutCancel(c.UserContext()), holder, c.Params("export"))
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "application/zip")
		c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": "data.zip"}))
		c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
		return c.SendStream(archive, int(x.Size)) // closed by the server when it is sent or given up
	}}
}

func (d *Door) askErasure(c *fiber.Ctx, who caller, in none) (AccountData, error) {
	holder, err := d.Owner.Proved(c.UserContext(), who.tenant, who.token)
	if err == nil {
		err = d.Rights.AskOwn(c.UserContext(), holder, credential.Agent(clientOf(c, who).Agent))
	}
	if err != nil {
		return AccountData{}, err
	}
	return d.accountData(c, who, in)
}

// undoErasure wants no fresh proof: it takes nothing away, and who finds the request of
// a thief is in a hurry.
func (d *Door) undoErasure(c *fiber.Ctx, who caller, in none) (AccountData, error) {
	holder, err := d.Owner.Holder(c.UserContext(), who.tenant, who.token)
	if err == nil {
		err = d.Rights.Undo(c.UserContext(), holder, credential.Agent(clientOf(c, who).Agent))
	}
	if err != nil {
		return AccountData{}, err
	}
	return d.accountData(c, who, in)
}
