package host

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// about is what a provider said of itself, once it has been found good. It
// never changes.
type about struct {
	id           string
	version      string
	kind         string // for people
	capabilities map[string]bool
	flow         *kyc.Flow         // nil unless it is a market
	ownCodes     map[string]string // own reason code -> parent
	messages     Messages
	locales      []kyc.Locale // of the messages, in order
	market       bool
	messenger    bool
	verifier     bool
	configSchema *jsonschema.Schema // nil: takes no configuration, or judges alone
	tenantSchema *jsonschema.Schema

	rawConfigSchema, rawTenantSchema []byte
}

// Messages are messages of providers: locale -> key -> plural form -> text. A
// message without plural has the form "other" only.
type Messages map[kyc.Locale]map[string]map[string]string

var (
	semver      = regexp.MustCompile(`^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z.-]{1,60})?$`)
	dotted      = regexp.MustCompile(`^[a-z0-9_-]{1,60}(\.[a-z0-9_-]{1,60}){1,5}$`)
	localeTag   = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$`)
	pluralForms = map[string]bool{"zero": true, "one": true, "two": true, "few": true, "many": true, "other": true}
)

const (
	maxMessages = 5000 // per locale
	maxText     = 8000 // bytes of one form
)

// findings collects what is wrong with a description.
type findings struct{ list []string }

func (f *findings) wrong(format string, args ...any) {
	if len(f.list) < 10 {
		f.list = append(f.list, fmt.Sprintf(format, args...))
	}
}

func (f *findings) want(ok bool, format string, args ...any) {
	if !ok {
		f.wrong(format, args...)
	}
}

// aboutV1 translates and validates a description. name is the provider's in
// the catalogue.
func aboutV1(name string, d *wirev1.DescribeResponse) (*about, error) {
	f := &findings{}
	a := &about{id: d.Id, version: d.Version, capabilities: map[string]bool{},
		ownCodes: map[string]string{}, messages: Messages{}}
	f.want(d.Id == name, "id %q is not the name in the catalogue", clip(d.Id))
	f.want(!reserved(d.Id), "id %q is a group of the core's own messages", clip(d.Id))
	f.want(semver.MatchString(d.Version), "version %q is not semantic", clip(d.Version))
	f.want(d.ProtocolMin <= wire.Protocol && d.ProtocolMax >= wire.Protocol,
		"protocol %d to %d is without %d", d.ProtocolMin, d.ProtocolMax, wire.Protocol)
	a.takeKinds(f, d.Kinds)
	for _, c := range d.Capabilities {
		f.want(dotted.MatchString(c), "capability %q", clip(c))
		a.capabilities[c] = true
	}
	a.takeMessages(f, d.Catalogues)
	a.takeCodes(f, d.OwnCodes)
	a.takeFlows(f, d.Flows)
	a.configSchema = compile(f, "configuration schema", d.ConfigSchema)
	a.tenantSchema = compile(f, "tenant schema", d.TenantSchema)
	a.rawConfigSchema, a.rawTenantSchema = d.ConfigSchema, d.TenantSchema
	if len(f.list) > 0 {
		return nil, refuse("description: %s", strings.Join(f.list, "; "))
	}
	return a, nil
}

// Judge tells what this host would say of a description; nil: it is good. It is
// for the conformance suite.
func Judge(d *wirev1.DescribeResponse) error {
	_, err := aboutV1(d.Id, d)
	return err
}

// reserved tells whether an id would let a provider's messages pass for the core's.
func reserved(id string) bool {
	switch id {
	case "admin", "apply", "audit", "dev", "error", "field", "mail", "problem", "provider", "reason", "sms", "state":
		return true
	}
	return false
}

func (a *about) takeKinds(f *findings, kinds []wirev1.ProviderKind) {
	var names []string
	for _, k := range kinds {
		switch k {
		case wirev1.ProviderKind_PROVIDER_KIND_MARKET:
			a.market = true
			names = append(names, "market")
		case wirev1.ProviderKind_PROVIDER_KIND_MESSENGER:
			a.messenger = true
			names = append(names, "messenger")
		case wirev1.ProviderKind_PROVIDER_KIND_VERIFIER:
			a.verifier = true
			names = append(names, "verifier")
		default:
			f.wrong("unknown kind %d", k)
		}
	}
	f.want(len(names) > 0, "no kind")
	a.kind = strings.Join(names, ",")
}

func (a *about) takeMessages(f *findings, catalogues []*wirev1.Catalogue) {
	for _, c := range catalogues {
		locale := kyc.Locale(c.Locale)
		f.want(localeTag.MatchString(c.Locale) && a.messages[locale] == nil, "catalogue for locale %q", clip(c.Locale))
		f.want(len(c.Messages) <= maxMessages, "%s: more than %d messages", clip(c.Locale), maxMessages)
		keys := make(map[string]map[string]string, len(c.Messages))
		for _, key := range slices.Sorted(maps.Keys(c.Messages)) { // the same is said of it every time
			text := c.Messages[key]
			f.want(strings.HasPrefix(key, a.id+".") && isMessageKey(key), "message key %q", clip(key))
			forms := text.GetForms()
			f.want(forms["other"] != "", "%s: %q has no text", clip(c.Locale), clip(key))
			if form, ok := wrongForm(forms); ok {
				f.wrong("%s: %q form %q", clip(c.Locale), clip(key), clip(form))
			}
			keys[key] = forms
		}
		a.messages[locale] = keys
	}
	a.locales = slices.Sorted(maps.Keys(a.messages))
}

// wrongForm finds a plural form that is none or too long, the first in order.
func wrongForm(forms map[string]string) (first string, found bool) {
	for form, text := range forms {
		if (!pluralForms[form] || len(text) > maxText) && (!found || form < first) {
			first, found = form, true
		}
	}
	return first, found
}

// isMessageKey tells whether a message may be called so: a group of 2 to 40 characters
// a-z, 0-9 and hyphen, then one to eight words of at most 80 characters, with letters of
// both cases and underscores, after a dot each. It is no regular expression, because a
// replacement has a thousand keys to look at while people wait.
func isMessageKey(key string) bool {
	group, rest, dotted := strings.Cut(key, ".")
	if !dotted || len(group) < 2 || len(group) > 40 || strings.Trim(group, lower+"-") != "" {
		return false
	}
	words := 0
	for word := range strings.SplitSeq(rest, ".") {
		words++
		if words > 8 || word == "" || len(word) > 80 || strings.Trim(word, lower+upper+"_-") != "" {
			return false
		}
	}
	return true
}

const (
	lower = "abcdefghijklmnopqrstuvwxyz0123456789"
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// takeCodes takes own reason codes. Each has a parent in the common vocabulary
// and a text, "<id>.problem.<code>".
func (a *about) takeCodes(f *findings, codes []*wirev1.OwnCode) {
	for _, c := range codes {
		own, ok := strings.CutPrefix(c.Code, "x."+a.id+".")
		_, _, known := kyc.ReasonDefault(c.Parent)
		f.want(ok && dotted.MatchString(c.Code), "own code %q", clip(c.Code))
		f.want(known, "own code %q is a case of unknown %q", clip(c.Code), clip(c.Parent))
		a.ownCodes[c.Code] = c.Parent
		a.key(f, a.id+".problem."+own)
	}
}

// key wants a message key of the provider, there in all its languages.
func (a *about) key(f *findings, key string) {
	f.want(strings.HasPrefix(key, a.id+"."), "message key %q is not one of %s", clip(key), a.id)
	f.want(len(a.messages) > 0, "no messages")
	for _, locale := range a.locales {
		f.want(a.messages[locale][key] != nil, "%s: %q is missing", locale, clip(key))
	}
}

// keyOr is key for one that may be empty.
func (a *about) keyOr(f *findings, key string) {
	if key != "" {
		a.key(f, key)
	}
}

func (a *about) takeFlows(f *findings, flows []*wirev1.Flow) {
	if !a.market {
		f.want(len(flows) == 0, "flows, but no market")
		return
	}
	if len(flows) != 1 || flows[0].Market != a.id {
		f.wrong("a market has exactly one flow, with its own id")
		return
	}
	a.flow = a.flowV1(f, flows[0])
}

// Aliases under which the doors look for the texts of own codes.
func (a *about) withAliases() Messages {
	out := make(Messages, len(a.messages))
	for locale, keys := range a.messages {
		all := make(map[string]map[string]string, len(keys))
		for k, forms := range keys {
			all[k] = forms
		}
		for code := range a.ownCodes {
			text := keys[a.id+".problem."+strings.TrimPrefix(code, "x."+a.id+".")]
			for _, alias := range []string{"problem." + code, "reason." + code + ".text", "reason." + code + ".remedy"} {
				all[alias] = text
			}
		}
		out[locale] = all
	}
	return out
}

// compile compiles a JSON Schema that loads nothing from elsewhere.
func compile(f *findings, what string, schema []byte) *jsonschema.Schema {
	if len(schema) == 0 {
		return nil
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(schema)))
	if err != nil {
		f.wrong("%s is not JSON", what)
		return nil
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(noLoader{})
	if err := c.AddResource("config.json", doc); err != nil {
		f.wrong("%s: %v", what, err)
		return nil
	}
	compiled, err := c.Compile("config.json")
	if err != nil {
		f.wrong("%s: %v", what, err)
		return nil
	}
	return compiled
}

type noLoader struct{}

func (noLoader) Load(string) (any, error) { return nil, errors.New("schemas refer to nothing outside") }

// clip bounds what a provider wrote before it gets into a message of ours.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

const maxLifetime = 366 * 24 * time.Hour
