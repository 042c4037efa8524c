package outbox_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paifang/paifang/core/account"
	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
	"github.com/paifang/paifang/core/outbox"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/locales"
)

var (
	_ outbox.MessageStore = (*store.Store)(nil)
	_ outbox.Unsealer     = (*vault.Vault)(nil)
	_ outbox.Printer      = (*locales.Printer)(nil)
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func bundle(t *testing.T) *locales.Bundle {
	t.Helper()
	b, err := locales.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func composer(t *testing.T, base string) *outbox.Composer {
	t.Helper()
	c, err := outbox.NewComposer(base)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var (
	shop   = kyc.Tenant{ID: "demo", Name: "Demo Market"}
	secret = map[string]string{"code": "048213", "minutes": "30", "token": "TOKEN"}
)

func message(channel kyc.ContactKind, template string, locale kyc.Locale) kyc.Message {
	return kyc.Message{Tenant: "demo", ID: "m1", Application: "app-1", Applicant: "p", Channel: channel, Template: template, Locale: locale, State: kyc.MessageQueued}
}

// templates are the values of the constants Template… of package contact, read
// from its source so that none can be forgotten here.
func templates(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../contact/message.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Template") {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, value)
		return false
	})
	if !slices.Contains(list, contact.TemplateReturn) || !slices.Contains(list, contact.TemplateReminder) {
		t.Fatalf("templates are %v", list)
	}
	return list
}

// Every template has its texts in every language, with nothing left to fill in.
func TestComposeAll(t *testing.T) {
	b, c := bundle(t), composer(t, "https://id.example.com/")
	shipped, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	all := append(templates(t), letter.Templates()...)
	for _, locale := range shipped {
		for _, template := range all {
			for _, channel := range []kyc.ContactKind{kyc.Phone, kyc.Email} {
				desk := strings.HasPrefix(template, "staff_")
				if channel == kyc.Phone && (template == contact.TemplateLink || desk) {
					continue
				}
				params := map[string]string{"minutes": "30"}
				if template == contact.TemplateCode || template == contact.TemplateSignIn {
					params["code"] = "048213"
				}
				if template == contact.TemplateChanged || template == contact.TemplateRights {
					params = map[string]string{"event": account.NewDevice, "device": "Firefox · Linux", "at": "1795350000000"}
				}
				if template == contact.TemplateLink {
					params = secret
				}
				m := message(channel, template, locale)
				if desk {
					m.Staff, params["minutes"], params["token"] = "s1", "10080", "T0ken"
				}
				out, err := c.Compose(b.Printer(locale), shop, m, kyc.MessageBody{To: "to", Params: params})
				if err != nil {
					t.Errorf("%s %s %s: %v", locale, channel, template, err)
					continue
				}
				all := out.Subject + out.Text + out.HTML
				for _, wrong := range []string{"{{", "<no value>", "mail.", "sms.", "message.", "#ZgotmplZ", "%!"} {
					if strings.Contains(strings.ReplaceAll(all, "id.example.com", ""), wrong) {
						t.Errorf("%s %s %s holds %q:\n%s", locale, channel, template, wrong, all)
					}
				}
				if out.To != "to" || out.ID != "m1" || out.Sender != "Demo Market" || !strings.Contains(out.Text, "Demo Market") {
					t.Errorf("%+v", out)
				}
				room := 1
				if strings.HasPrefix(template, "recovery") || template == contact.TemplateChanged || template == contact.TemplateRights {
					room = 3 // rare, and must be understood by who did not ask for it
				}
				if channel == kyc.Phone && outbox.Segments(out.Text) > room {
					t.Errorf("%s %s takes %d text messages: %s", locale, template, outbox.Segments(out.Text), out.Text)
				}
			}
		}
	}
}

func TestComposeMail(t *testing.T) {
	b, c := bundle(t), composer(t, "http://127.0.0.1:8080")
	out, err := c.Compose(b.Printer("ar"), shop, message(kyc.Email, contact.TemplateLink, "ar"),
		kyc.MessageBody{To: "a@b.cd", Params: map[string]string{"code": "048213", "minutes": "1440", "token": "TOKEN"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<html lang="ar" dir="rtl">`, `href="http://127.0.0.1:8080/t/demo/l/TOKEN"`, `<p class="code"><bdi dir="ltr">048213</bdi>`} {
		if !strings.Contains(out.HTML, want) {
			t.Errorf("no %s in\n%s", want, out.HTML)
		}
	}
	if !strings.Contains(out.Text, "\nhttp://127.0.0.1:8080/t/demo/l/TOKEN\n") || !strings.Contains(out.Text, "\n048213\n") || !strings.Contains(out.Text, "ساعة") {
		t.Error(out.Text)
	}
	if strings.Contains(out.HTML, "<script") || strings.Contains(out.HTML, "src=") {
		t.Error("an e-mail fetches something")
	}
	out, err = c.Compose(b.Printer("en"), kyc.Tenant{ID: "demo", Name: "A<b>\r\nBcc: x@y.zz"}, message(kyc.Email, contact.TemplateApproved, "en"), kyc.MessageBody{})
	if err != nil || strings.ContainsAny(out.Subject, "\r\n") || strings.Contains(out.HTML, "<b>") {
		t.Errorf("%v\n%q\n%s", err, out.Subject, out.HTML)
	}
	if !strings.Contains(out.Text, "http://127.0.0.1:8080/t/demo/sign-in?lang=en") {
		t.Error(out.Text)
	}
}

func TestComposeSMS(t *testing.T) {
	b := bundle(t)
	m := message(kyc.Phone, contact.TemplateCode, "en")
	body := kyc.MessageBody{To: "+8613800138000", Params: map[string]string{"code": "048213", "minutes": "1"}}
	out, err := composer(t, "https://id.example.com").Compose(b.Printer("en"), shop, m, body)
	if err != nil || !strings.HasSuffix(out.Text, "\n@id.example.com #048213") || !strings.Contains(out.Text, "1 minute.") {
		t.Errorf("%v %q", err, out.Text)
	}
	out, _ = composer(t, "http://localhost:8080").Compose(b.Printer("en"), shop, m, body)
	if strings.Contains(out.Text, "@localhost") || out.Subject != "" || out.HTML != "" {
		t.Errorf("%+v", out)
	}
	if _, err := composer(t, "http://localhost:8080").Compose(b.Printer("en"), shop, message(kyc.Phone, "nonsense", "en"), body); kyc.CodeOf(err) != kyc.Internal {
		t.Errorf("unknown template: %v", err)
	}
	for _, base := range []string{"", "localhost:8080", "ftp://x", "https://", "javascript:alert(1)"} {
		if _, err := outbox.NewComposer(base); err == nil {
			t.Errorf("%q is taken as a base", base)
		}
	}
}

// Everything that the contacts of an account are told of is said in words.
func TestComposeEvents(t *testing.T) {
	b, c := bundle(t), composer(t, "https://id.example.com/")
	shipped, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, locale := range shipped {
		for _, event := range append(account.Events(), account.RightsEvents()...) {
			template, leads := contact.TemplateChanged, "/t/demo/not-me"
			if slices.Contains(account.RightsEvents(), event) {
				template, leads = contact.TemplateRights, "/t/demo/account/data"
			}
			for _, channel := range []kyc.ContactKind{kyc.Phone, kyc.Email} {
				out, err := c.Compose(b.Printer(locale), shop, message(channel, template, locale),
					kyc.MessageBody{To: "to", Params: map[string]string{"event": event, "at": "1795350000000"}})
				if err != nil || strings.Contains(out.Text+out.HTML, "security.") || !strings.Contains(out.Text, leads) {
					t.Errorf("%s %s %s: %v\n%s", locale, channel, event, err, out.Text)
				}
				if channel == kyc.Email && (!strings.Contains(out.Text, "2026") || !strings.Contains(out.HTML, leads)) {
					t.Errorf("%s %s: %s", locale, event, out.Text)
				}
				if n := outbox.Segments(out.Text); channel == kyc.Phone && n > 3 {
					t.Errorf("%s %s takes %d text messages: %s", locale, event, n, out.Text)
				}
			}
		}
	}
}

func TestSegments(t *testing.T) {
	for text, want := range map[string]int{
		"": 1, strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("a", 307): 3,
		strings.Repeat("中", 70): 1, strings.Repeat("中", 71): 2, strings.Repeat("€", 80): 1, strings.Repeat("€", 81): 2,
		strings.Repeat("😀", 35): 1, strings.Repeat("😀", 36): 2,
	} {
		if got := outbox.Segments(text); got != want {
			t.Errorf("%d bytes: %d, want %d", len(text), got, want)
		}
	}
}

// post is store, vault and messenger in one.
