package api

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
)

// Readers tells who read a person's documents; *person.Readers does.
type Readers interface {
	OfApplication(ctx context.Context, tenant kyc.TenantID, id kyc.ApplicationID) ([]person.Reading, error)
	OfAccount(ctx context.Context, tenant kyc.TenantID, id kyc.AccountID) ([]person.Reading, error)
}

// ReaderList tells who read something, the latest first.
type ReaderList struct {
	Readings []Reading `json:"readings"`
}

// Reading is that staff read a document or what was typed.
type Reading struct {
	At       string `json:"at" format:"date-time" doc:"The last time"`
	Times    int    `json:"times" doc:"Within an hour of each other"`
	Role     string `json:"role" doc:"Of the member of staff, whose name is not told"`
	Document string `json:"document,omitempty" doc:"Requirement; absent for what was typed and for everything"`
	All      bool   `json:"everything,omitempty" doc:"Everything that is held, files included, was given out as an archive"`
	Why      string `json:"why" enum:"review,contact,complaint,request,duty"`
}

func readerList(list []person.Reading, err error) (ReaderList, error) {
	out := ReaderList{Readings: []Reading{}}
	for _, r := range list {
		out.Readings = append(out.Readings, Reading{At: stamp(r.At), Times: r.Times, Role: r.Role, Document: r.Requirement, All: r.All, Why: string(r.Why)})
	}
	return out, err
}

func (d *Door) readers(c *fiber.Ctx, who caller, _ none) (ReaderList, error) {
	v, err := d.Service.Get(c.UserContext(), who.ref(c.Params("application"))) // sees that it is the holder
	if err != nil {
		return ReaderList{}, err
	}
	return readerList(d.Readers.OfApplication(c.UserContext(), v.Tenant, v.ID))
}

func (d *Door) accountReaders(c *fiber.Ctx, who caller, _ none) (ReaderList, error) {
	return readerList(d.Readers.OfAccount(c.UserContext(), who.tenant, who.account))
}
