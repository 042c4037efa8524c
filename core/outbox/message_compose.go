package outbox

import (
	"bytes"
	"html/template"
	"net/url"
	"strconv"
	"strings"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/letter"
)

// Printer writes texts in one language; *locales.Printer does.
type Printer interface {
	T(key string, args ...any) string
	N(key string, n int, args ...any) string
	DateTime(at any) string
	Lang() string
	Dir() string // "ltr" or "rtl"
}

// Composer writes messages. It is safe for concurrent use.
type Composer struct {
	base *url.URL
	page *template.Template
}

// NewComposer makes a Composer whose links begin with baseURL, the address at
// which people reach the pages ("https://id.example.com").
func NewComposer(baseURL string) (*Composer, error) {
	base, err := url.Parse(strings.TrimSuffix(baseURL, "/"))
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, kyc.E(kyc.Invalid, "the base of links is not an http or https address")
	}
	page, err := template.New("mail").Parse(mailPage)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "parse the page of e-mails")
	}
	return &Composer{base: base, page: page}, nil
}

// Compose writes a message in the printer's language. The texts are the message
// keys "sms.<template>" and "mail.<template>.subject|text|button". They know the
// tenant's name, the code, the link and how long these are valid; never the
// person's name. Internal when the template has no text.
func (c *Composer) Compose(p Printer, tenant kyc.Tenant, m kyc.Message, body kyc.MessageBody) (kyc.Outgoing, error) {
	out := kyc.Outgoing{Tenant: m.Tenant, ID: m.ID, Channel: m.Channel, To: body.To,
		Sender: tenant.Name, Locale: m.Locale}
	link, code := c.link(m, body), body.Params[contact.ParamCode]
	args := []any{"tenant", tenant.Name, "code", code, "link", link, "valid", valid(p, body)}
	if event := body.Params[contact.ParamEvent]; event != "" {
		args = append(args, news(p, event, body)...)
	}
	if m.Channel == kyc.Phone {
		key := "sms." + m.Template
		out.Text = c.forAutofill(p.T(key, args...), code)
		return out, missing(key, out.Text)
	}
	key := "mail." + m.Template
	out.Subject = oneLine(p.T(key+".subject", args...))
	footer := "mail.footer"
	if m.Staff != "" {
		footer = "mail.staff_footer"
	}
	out.Text = strings.TrimSpace(p.T(key+".text", args...)) + "\n\n-- \n" + p.T(footer, args...) + "\n"
	if err := missing(key+".subject", out.Subject); err != nil {
		return out, err
	}
	html, err := c.html(p, key, out, link, code)
	out.HTML = html
	return out, err
}

// news says what has changed in an account, when, and on what device it was done.
func news(p Printer, event string, body kyc.MessageBody) []any {
	device := body.Params[contact.ParamDevice]
	if device == "" {
		device = p.T("security.unknown")
	}
	at, _ := strconv.ParseInt(body.Params[contact.ParamAt], 10, 64) // what cannot be read is left out
	return []any{"what", p.T("security.event." + event), "device", device, "at", p.DateTime(kyc.Millis(at))}
}

// missing turns a key that a printer gave back into an error.
func missing(key, text string) error {
	if text == key || text == "" {
		return kyc.E(kyc.Internal, "there is no text %s", key)
	}
	return nil
}

// valid says how long a code lives: "30 minutes", "24 hours".
func valid(p Printer, body kyc.MessageBody) string {
	minutes, err := strconv.Atoi(body.Params[contact.ParamMinutes])
	if err != nil {
		return ""
	}
	if minutes > 24*60 && minutes%(24*60) == 0 {
		return p.N("message.days", minutes/(24*60))
	}
	if minutes >= 60 && minutes%60 == 0 {
		return p.N("message.hours", minutes/60)
	}
	return p.N("message.minutes", minutes)
}

// link is where the message leads: with a token to what the token opens, else to
// sign-in, or to the application; a text message has room for the start page only.
func (c *Composer) link(m kyc.Message, body kyc.MessageBody) string {
	if m.Staff != "" {
		return c.deskLink(m, body.Params[contact.ParamToken])
	}
	home := c.base.JoinPath("t", string(m.Tenant))
	if token := body.Params[contact.ParamToken]; token != "" {
		switch m.Template {
		case contact.TemplateRecovery:
			return home.JoinPath("recover", token).String()
		case contact.TemplateRecoveryAsked, contact.TemplateRecoveryGranted:
			return home.JoinPath("stop", token).String()
		case contact.TemplateChanged, contact.TemplateRecoveryDone:
			return home.JoinPath("not-me", token).String()
		}
		return home.JoinPath("l", token).String()
	}
	switch m.Template { // these are news of the account: the application is done
	case contact.TemplateChanged:
		return home.JoinPath("not-me").String()
	case contact.TemplateRights:
		return home.JoinPath("account", "data").String()
	case contact.TemplateSignIn, contact.TemplateRecoveryRefused, contact.TemplateRecoveryDone:
		return home.JoinPath("sign-in").String()
	}
	switch {
	case m.Template == contact.TemplateApproved:
		home = home.JoinPath("sign-in")
	case m.Channel == kyc.Email && m.Template != contact.TemplateExpired:
		home = home.JoinPath("applications", string(m.Application))
	}
	if m.Channel == kyc.Email {
		home.RawQuery = url.Values{"lang": {string(m.Locale)}}.Encode()
	}
	return home.String()
}

// deskLink is where a letter to staff leads: with a token to what the token opens,
// else to their own sign-in's page.
func (c *Composer) deskLink(m kyc.Message, token string) string {
	desk := c.base.JoinPath("admin", string(m.Tenant))
	switch {
	case token == "":
		desk = desk.JoinPath("security")
	case m.Template == letter.Invited:
		desk = desk.JoinPath("invitation", token)
	default:
		desk = desk.JoinPath("password", token)
	}
	desk.RawQuery = url.Values{"lang": {string(m.Locale)}}.Encode()
	return desk.String()
}

// forAutofill adds the line by which browsers fill in a code for this site only
// (origin-bound one-time codes), when it still fits into one text message.
func (c *Composer) forAutofill(text, code string) string {
	if code == "" || c.base.Scheme != "https" {
		return text
	}
	longer := text + "\n@" + c.base.Hostname() + " #" + code
	if Segments(longer) > 1 {
		return text
	}
	return longer
}

// oneLine keeps a subject from growing headers.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\r' || r == '\n' }), " ")
}

// mail is what the page of an e-mail shows.
type mail struct {
	Lang, Dir, Title, Sender, Footer string
	Parts                            []part
}

// part is one paragraph: text, a code, or a link as a button.
type part struct {
	Text, Code, Link, Button string
}

// html makes the page from the paragraphs of the text: one that is only the link
// becomes a button, one that is only the code is set large.
func (c *Composer) html(p Printer, key string, out kyc.Outgoing, link, code string) (string, error) {
	text, footer, _ := strings.Cut(out.Text, "\n\n-- \n")
	page := mail{Lang: p.Lang(), Dir: p.Dir(), Title: out.Subject, Sender: out.Sender, Footer: strings.TrimSpace(footer)}
	for _, paragraph := range strings.Split(text, "\n\n") {
		switch paragraph = strings.TrimSpace(paragraph); paragraph {
		case "":
		case link:
			page.Parts = append(page.Parts, part{Link: link, Button: p.T(key + ".button")})
		case code:
			page.Parts = append(page.Parts, part{Code: code})
		default:
			page.Parts = append(page.Parts, part{Text: paragraph})
		}
	}
	var b bytes.Buffer
	if err := c.page.Execute(&b, page); err != nil {
		return "", kyc.Wrap(kyc.Internal, err, "write the page of an e-mail")
	}
	return b.String(), nil
}
