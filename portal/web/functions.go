package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/locales"
)

// functions are what templates may call, bound to one language. Messages go
// through html/template like any text: a catalogue cannot bring markup.
func (r *Renderer) functions(locale kyc.Locale) template.FuncMap {
	printer := func() *locales.Printer { return r.Printer(locale) }
	return template.FuncMap{
		"t":         func(key string, args ...any) string { return printer().T(key, args...) },
		"n":         func(key string, n int, args ...any) string { return printer().N(key, n, args...) },
		"has":       func(key string) bool { return printer().Has(key) },
		"lang":      func() string { return printer().Lang() },
		"dir":       func() string { return printer().Dir() },
		"date":      func(at any) string { return printer().Date(at) },
		"time":      func(at kyc.Millis) template.HTML { return moment(printer(), at) },
		"timed":     func(key string, at kyc.Millis) template.HTML { return timed(printer(), key, at) },
		"iso":       isoTime,
		"birth":     func(day string) string { return printer().Birth(day) },
		"number":    func(n int64) string { return printer().Number(n) },
		"money":     func(minor int64, currency string) string { return printer().Money(minor, currency) },
		"country":   func(code string) string { return printer().Country(code) },
		"countries": func() []locales.Country { return printer().Countries() },
		"regions":   func(first ...string) []locales.PhoneRegion { return printer().PhoneRegions(first...) },
		"language":  func(l kyc.Locale) string { return r.Printer(l).Language(l) },
		"problem":   func(p kyc.Problem) string { return Sentence(printer(), "problem."+p.Code, p.Params) },
		"reason":    func(x kyc.Reason) string { return Sentence(printer(), "reason."+x.Code+".text", x.Params) },
		"remedy":    func(x kyc.Reason) string { return remedy(printer(), x) },
		"mistake":   func(label, problem string) string { return mistake(printer(), label, problem) },
		"asset":     r.assets.url,
		"icon":      icon,
		"now":       func() kyc.Millis { return kyc.At(r.Clock()) },
		"dict":      dict,
		"add":       func(a, b int) int { return a + b },
		"initial":   func(s string) string { return (&Visit{Tenant: kyc.Tenant{Name: s}}).Initial() },
		"prefixed":  strings.HasPrefix,
		"lines":     func(s string) []string { return strings.Split(strings.TrimSpace(s), "\n\n") },
	}
}

// Sentence renders a message whose values are kept as text.
func Sentence(p *locales.Printer, key string, params map[string]string) string {
	args := make([]any, 0, 2*len(params))
	for name, value := range params {
		args = append(args, name, value)
	}
	return p.T(key, args...)
}

// remedy says what to do about a reason, "" when nothing can be done.
func remedy(p *locales.Printer, x kyc.Reason) string {
	key := x.Remedy
	if key == "" {
		key = "reason." + x.Code + ".remedy"
	}
	if !p.Has(key) {
		return ""
	}
	return Sentence(p, key, x.Params)
}

// mistake says which field fell short and how. A label that is a question ends
// by itself: a colon after it reads wrongly in every language.
func mistake(p *locales.Printer, label, problem string) string {
	switch {
	case strings.HasSuffix(label, "？"):
		return label + problem
	case strings.HasSuffix(label, "?"), strings.HasSuffix(label, "؟"):
		return label + " " + problem
	}
	return p.T("apply.mistake", "field", label, "problem", problem)
}

// moment is a time with its machine-readable form, by which the script of all
// areas writes it in the reader's own zone.
func moment(p *locales.Printer, at kyc.Millis) template.HTML {
	return template.HTML(`<time datetime="` + isoTime(at) + `">` + template.HTMLEscapeString(p.DateTime(at)) + `</time>`) //nolint:gosec // G203: made of escaped text and our own marks
}

// timed is a message with a moment in the place of {{.time}}. The place is held
// by a character that no text has.
func timed(p *locales.Printer, key string, at kyc.Millis) template.HTML {
	const held = "\uE000"
	text := template.HTMLEscapeString(p.T(key, "time", held))
	return template.HTML(strings.Replace(text, held, string(moment(p, at)), 1)) //nolint:gosec // G203: made of escaped text and our own marks
}

func isoTime(at kyc.Millis) string { return at.Time().Format(time.RFC3339) }

// dict makes the argument of a part that needs more than one value.
func dict(pairs ...any) (map[string]any, error) {
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: name %v is not text", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// icons are drawn on a grid of 24 with one stroke; all of them are ours.
var icons = map[string]string{
	"alert":   `<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5M12 16.4v.1"/>`,
	"check":   `<path d="m5 12.5 4.5 4.5L19 7.5"/>`,
	"done":    `<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.8 2.8L16 9.6"/>`,
	"cross":   `<path d="m6.5 6.5 11 11M17.5 6.5l-11 11"/>`,
	"clock":   `<circle cx="12" cy="12" r="9"/><path d="M12 7v5.2l3.4 2"/>`,
	"info":    `<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.1"/>`,
	"globe":   `<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3.2 3 14.800 0 18M12 3c-3 3.200-3 14.800 0 18"/>`,
	"down":    `<path d="m7 10 5 5 5-5"/>`,
	"forward": `<path d="m10 6 6 6-6 6"/>`,
	"back":    `<path d="m14 6-6 6 6 6"/>`,
	"phone":   `<rect x="7" y="3" width="10" height="18" rx="2"/><path d="M11 17.800h2"/>`,
	"mail":    `<rect x="3" y="5.500" width="18" height="13" rx="2"/><path d="m4 7.500 8 6 8-6"/>`,
	"file":    `<path d="M7 3h7l4 4v14H7zM14 3v4h4"/>`,
	"camera":  `<path d="M4 8h3.500L9 5.500h6L16.500 8H20v11H4z"/><circle cx="12" cy="13" r="3.300"/>`,
	"lock":    `<rect x="5" y="10.500" width="14" height="10" rx="2"/><path d="M8 10.500V8a4 4 0 0 1 8 0v2.500"/>`,
	"wait":    `<path d="M12 3a9 9 0 1 0 9 9"/>`,
}

// icon is an icon by name, hidden from screen readers: words stand beside it.
func icon(name string) (template.HTML, error) {
	body, ok := icons[name]
	if !ok {
		return "", fmt.Errorf("no icon %q", name)
	}
	class := "icon"
	if name == "forward" || name == "back" {
		class += " flip"
	}
	return template.HTML(`<svg class="` + class + `" viewBox="0 0 24 24" aria-hidden="true" focusable="false">` + body + `</svg>`), nil //nolint:gosec // G203: made of escaped text and our own marks
}
