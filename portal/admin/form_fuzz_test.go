package admin

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/portal/web"
)

// FuzzStaffForms: whatever is sent for a decision, a role, an upgrade of a provider and
// the settings of a market, what is read of it is bounded, and nothing is believed that
// was not sent.
func FuzzStaffForms(f *testing.F) {
	for _, s := range []string{"note=a%0D%0Ab&evidence=e&version=3&reason=document/passport/image.glare&reason=step/profile/x", "reason=document", "reason=/&reason=//",
		"name=Night&may=case.read&markets.case.read=*&markets.case.read=mainland&risks.case.read=low", "may=&markets.=x",
		"version=1.1.0&share=20&applications=100&why=names&force=on", "share=-1&applications=1e3", "share=%2B5&applications=99999999999999999999",
		"_csrf=x&number=3&s/least=21&secret/token=%ff", strings.Repeat("a=1&", mostFields+1), "%", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		app := fiber.New(fiber.Config{Immutable: true})
		app.Post("/", func(c *fiber.Ctx) error {
			decisionIsBounded(t, c)
			roleIsBounded(t, c)
			upgradeIsBounded(t, c)
			settingsAreBounded(t, c)
			return nil
		})
		asked := httptest.NewRequest(fiber.MethodPost, "/", strings.NewReader(body))
		asked.Header.Set(fiber.HeaderContentType, fiber.MIMEApplicationForm)
		answer, err := app.Test(asked, -1)
		if err != nil || answer.StatusCode != fiber.StatusOK {
			t.Fatalf("%v, %v", answer, err)
		}
		_ = answer.Body.Close()
	})
}

func decisionIsBounded(t *testing.T, c *fiber.Ctx) {
	decision, err := readForm(c)
	if err != nil && kyc.CodeOf(err) != kyc.Invalid {
		t.Error(err)
	}
	if err == nil && len(decision.picks) != len(c.Request().PostArgs().PeekMulti("reason")) || len(decision.picks) > review.MaxPicks {
		t.Errorf("%d reasons are read", len(decision.picks))
	}
	for _, p := range decision.choice(kyc.Reject).Picks {
		if strings.ContainsRune(p.Code, '/') || strings.ContainsRune(p.Subject.Kind, '/') {
			t.Errorf("a reason is read as %+v", p)
		}
	}
}

func roleIsBounded(t *testing.T, c *fiber.Ctx) {
	draft := readDraft(c)
	if len(draft.Rules) > 100 {
		t.Errorf("%d rules are read", len(draft.Rules))
	}
	for _, r := range draft.Rules {
		for _, list := range [][]string{r.Markets, r.Classes, r.Risks} {
			if len(list) > 100 || len(list) > 1 && slices.Contains(list, kyc.AnyValue) {
				t.Errorf("a rule is read as %+v", r)
			}
		}
	}
}

func upgradeIsBounded(t *testing.T, c *fiber.Ctx) {
	u := readUpgrade(c)
	if share, ok := number(u.Share, 0, 99); ok && (share < 0 || share > 99) {
		t.Errorf("share %q is %d", u.Share, share)
	}
	if n, ok := number(u.Applications, 0, maxRehearsed); ok && (n < 0 || n > maxRehearsed) {
		t.Errorf("applications %q is %d", u.Applications, n)
	}
}

func settingsAreBounded(t *testing.T, c *fiber.Ctx) {
	typed, err := sent(c)
	if err != nil && kyc.CodeOf(err) != kyc.TooLarge {
		t.Error(err)
	}
	count := 0
	for name, values := range typed {
		count += len(values)
		if name == web.CSRFField || slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			t.Errorf("%q is read as %q", name, values)
		}
	}
	if count > mostFields {
		t.Errorf("%d fields are read", count)
	}
}
