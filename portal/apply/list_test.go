package apply_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
)

// listView asks for two owners, the second of whom was typed without a date.
func listView() *pipeline.View {
	v := base("profile", pipeline.NextForm)
	v.Next.Fields = fields([]kyc.Field{{Name: "owners", Type: kyc.ListField, Required: true, MaxRows: 3, Label: "shop.name", Help: "shop.name_help",
		Fields: []kyc.Field{
			{Name: "name", Type: kyc.NameField, Required: true, Label: "shop.name"},
			{Name: "kind", Type: kyc.SelectField, Required: true, Label: "shop.kind", Options: []kyc.Option{{Value: "passport", Label: "shop.passport"}, {Value: "id", Label: "shop.id"}}},
			{Name: "birth_date", Type: kyc.DateField, Required: true, Label: "shop.birth", When: kyc.Condition{Field: "kind", In: []string{"passport"}}},
			{Name: "bind", Type: kyc.CheckboxField, Label: "shop.bind"},
			{Name: "address", Type: kyc.AddressField, Label: "shop.address"},
		}}}, kyc.Values{"owners.1.name": "Ada", "owners.1.kind": "id", "owners.2.name": "Zoë", "owners.2.kind": "passport"})
	v.Next.Problems = []kyc.Problem{kyc.P("owners.2.birth_date", "field.required"), kyc.P("owners", "field.too_few_rows").With("min", "3")}
	return v
}

func TestRowsOfAList(t *testing.T) {
	h := open(t)
	h.service.view = *listView()
	_, body := h.get(t, app)
	for _, want := range []string{`name="owners.rows" value="2"`, `name="owners.2.name" dir="auto" value="Zoë"`, `href="#f-owners-2-birth-date-day"`,
		`data-when="f-owners-2-kind" data-in="passport"`, `value="add.owners"`, `value="remove.owners.2"`, "At least 3 entries.", `id="f-owners-1-address-country"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	if regexp.MustCompile(`(?s)<form id="form".*?<button`).FindString(body) == "" || strings.Index(body, `value="submit" data-enter`) > strings.Index(body, `value="remove.owners.1"`) {
		t.Error("the enter key would press another button than the one to go on")
	}
}

func typedRows() url.Values {
	return url.Values{"owners.rows": {"2"}, "owners.1.name": {"Ada"}, "owners.2.name": {"Zoë"}, "owners.2.kind": {"passport"},
		"owners.2.birth_date.day": {"9"}, "owners.2.birth_date.month": {"1"}, "owners.2.birth_date.year": {"1980"}, "owners.2.bind": {"true"},
		"owners.2.address.country": {"US"}, "owners.3.name": {"not shown"}}
}

func TestRowsWithoutScripts(t *testing.T) {
	h := open(t)
	h.service.view = *listView()
	with := func(action string) url.Values { v := typedRows(); v.Set("_action", action); return v }
	for action, c := range map[string]struct{ want, not string }{
		"add.owners":      {`name="owners.3.name" dir="auto" value=""`, "not shown"},
		"remove.owners.1": {`name="owners.1.name" dir="auto" value="Zoë"`, "Ada"},
		"remove.owners.2": {`name="owners.1.name" dir="auto" value="Ada"`, "Zoë"},
		"remove.owners.3": {`name="owners.2.name" dir="auto" value="Zoë"`, "not shown"},
		"country":         {"ZIP code", "not shown"},
	} {
		res, body := h.post(t, app+"/steps/profile", with(action))
		if res.StatusCode != 200 || !strings.Contains(body, c.want) || strings.Contains(body, c.not) {
			t.Errorf("%s: %d, %v, %v", action, res.StatusCode, strings.Contains(body, c.want), strings.Contains(body, c.not))
		}
	}
	full := with("add.owners")
	full.Set("owners.rows", "3")
	if _, body := h.post(t, app+"/steps/profile", full); strings.Contains(body, "owners.4.") || strings.Contains(body, `value="add.owners"`) {
		t.Error("a row too many")
	}
	if h.service.sent.Values != nil {
		t.Error("was submitted")
	}
	h.post(t, app+"/steps/profile", typedRows())
	sent := h.service.sent.Values
	for name, want := range map[string]string{"owners.1.name": "Ada", "owners.1.bind": "false", "owners.2.birth_date": "1980-01-09",
		"owners.2.bind": "true", "owners.2.address.country": "US", "owners.3.name": "", "owners.rows": ""} {
		if sent[name] != want {
			t.Errorf("%s is %q, want %q", name, sent[name], want)
		}
	}
}

// TestSecretsAreTypedOnceMore: a page that fell short comes back without its
// secrets, and says so beside those that were right; which of two questions a
// mistake is about can be told.
func TestSecretsAreTypedOnceMore(t *testing.T) {
	h := open(t)
	h.service.view = *base("secrets", pipeline.NextForm)
	h.service.view.Next.Fields = fields(profileFields(), nil)
	const again = "Type this once more"
	if _, body := h.get(t, app); !strings.Contains(body, `<textarea id="f-story" name="story" dir="auto" rows="5"`) {
		t.Error("a story has to fit into one line")
	} else if strings.Contains(body, again) {
		t.Error("something is to be typed once more that was never typed")
	}
	h.service.view.Next.Problems = []kyc.Problem{kyc.P("questions.2.answer", "answer.same")}
	_, body := h.get(t, app)
	if n := strings.Count(body, again); n != 3 {
		t.Errorf("%d of the password, the payment password and the first answer are to be typed once more", n)
	}
	for _, want := range []string{"Answer to question 2: ", `aria-describedby="f-questions-1-answer-again"`, `id="f-password-again"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
}

// TestStartNamesOneRow: what the second owner needs is what the first one needs,
// and how many there are nobody knows yet.
func TestStartNamesOneRow(t *testing.T) {
	h := open(t)
	if _, body := h.get(t, "/t/demo/start/seller"); strings.Count(body, "only if it applies to you") != 1 {
		t.Errorf("the start page names the documents of further rows: %s", body)
	}
}
