package apply

import (
	"errors"
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/person"
	"github.com/paifang/paifang/policies"
	"github.com/paifang/paifang/portal/web"
)

// readersData is the page that tells who read one's documents.
type readersData struct {
	Back     string
	Readings []readingRow
}

type readingRow struct {
	person.Reading
	RoleKey string
}

func readersPage(back string, list []person.Reading) readersData {
	data := readersData{Back: back}
	for _, r := range list {
		row := readingRow{r, "apply.readers.staff"} // a role of the tenant's own has no word here
		if slices.Contains(policies.Roles(), r.Role) {
			row.RoleKey = "admin.role." + r.Role
		}
		data.Readings = append(data.Readings, row)
	}
	return data
}

// readers answers GET …/applications/:application/readers.
func (d *Door) readers(c *fiber.Ctx) error {
	v, err := d.Service.Get(c.UserContext(), ref(c)) // sees that it is the holder
	if err != nil {
		return err
	}
	list, err := d.Readers.OfApplication(c.UserContext(), v.Tenant, v.ID)
	if err != nil {
		return err
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/readers", readersPage(place(v.Tenant, v.ID), list))
}

// accountReaders answers GET /t/:tenant/account/readers.
func (d *Door) accountReaders(c *fiber.Ctx) error {
	id, err := d.who(c)
	if errors.Is(err, kyc.E(kyc.Unauthorized, "")) {
		to := base(c) + "/sign-in"
		if web.Cookie(c, sessionCookie) != "" {
			to += "?ended=1"
		}
		return c.Redirect(to, fiber.StatusSeeOther)
	}
	if err != nil {
		return err
	}
	list, err := d.Readers.OfAccount(c.UserContext(), tenant(c), id)
	if err != nil {
		return err
	}
	return d.Pages.Page(c, fiber.StatusOK, "apply/readers", readersPage(base(c)+"/account", list))
}
