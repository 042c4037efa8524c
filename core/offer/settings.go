package offer

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// MaxSettings bounds the settings of a market, in bytes of JSON.
const MaxSettings = 64 << 10

// Opener opens what was sealed for a tenant.
type Opener interface {
	UnsealTenant(ctx context.Context, tenant kyc.TenantID, column string, sealed []byte) ([]byte, error)
}

// Settings are all settings of a market as its provider gets them, JSON. They are
// not to be shown, logged or sent to anybody else.
func Settings(ctx context.Context, o Opener, m kyc.TenantMarket) ([]byte, error) {
	if len(m.Secrets) == 0 {
		return m.Config, nil
	}
	doc, err := parseSettings(m.Config)
	if err != nil {
		return nil, err
	}
	secrets, err := opened(ctx, o, m)
	if err != nil {
		return nil, err
	}
	return written(joined(doc, secrets))
}

// opened are the secret settings by JSON Pointer.
func opened(ctx context.Context, o Opener, m kyc.TenantMarket) (map[string]any, error) {
	if len(m.Secrets) == 0 {
		return nil, nil
	}
	plain, err := o.UnsealTenant(ctx, m.Tenant, kyc.SealedSettings(m.Market), m.Secrets)
	if err != nil {
		return nil, err
	}
	secrets, ok := number(plain).(map[string]any)
	if !ok {
		return nil, kyc.E(kyc.Internal, "secret settings are no object")
	}
	return secrets, nil
}

// parseSettings reads stored settings; none are an empty object.
func parseSettings(raw []byte) (any, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return map[string]any{}, nil
	}
	doc := number(raw)
	if doc == nil {
		return nil, kyc.E(kyc.Internal, "stored settings are no JSON")
	}
	return doc, nil
}

// number decodes one JSON value and keeps numbers as they are written; nil when it
// is none.
func number(raw []byte) any {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return nil
	}
	return v
}

func written(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), kyc.Wrap(kyc.Internal, err, "write settings")
}

// joined puts secrets into their places. doc is changed.
func joined(doc any, secrets map[string]any) any {
	for _, at := range slices.Sorted(maps.Keys(secrets)) {
		doc = put(doc, steps(at), secrets[at])
	}
	return doc
}

// split takes secrets out of a document, which is changed, and gives them by
// pointer. What is null is taken out and not given.
func split(doc any, at []string) (any, map[string]any) {
	secrets := map[string]any{}
	for _, pointer := range slices.Sorted(slices.Values(at)) {
		value, found := look(doc, steps(pointer))
		if !found {
			continue
		}
		if pointer == "" {
			if empty, ok := value.(map[string]any); !ok || len(empty) > 0 {
				secrets[""] = value
			}
			return map[string]any{}, secrets
		}
		take(doc, steps(pointer))
		if value != nil {
			secrets[pointer] = value
		}
	}
	return doc, secrets
}

// steps are the names of a JSON Pointer (RFC 6901).
func steps(pointer string) []string {
	if pointer == "" {
		return nil
	}
	list := strings.Split(pointer[1:], "/")
	for i, s := range list {
		list[i] = strings.ReplaceAll(strings.ReplaceAll(s, "~1", "/"), "~0", "~")
	}
	return list
}

// Pointer is the JSON Pointer of a member of what is at another one.
func Pointer(at, name string) string {
	return at + "/" + strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

func look(doc any, at []string) (any, bool) {
	for _, name := range at {
		o, ok := doc.(map[string]any)
		if !ok {
			return nil, false
		}
		if doc, ok = o[name]; !ok {
			return nil, false
		}
	}
	return doc, true
}

func put(doc any, at []string, value any) any {
	if len(at) == 0 {
		return value
	}
	o, ok := doc.(map[string]any)
	if !ok {
		o = map[string]any{}
	}
	o[at[0]] = put(o[at[0]], at[1:], value)
	return o
}

// take takes a value out, and what it leaves empty, but for the whole.
func take(doc any, at []string) {
	parent, _ := look(doc, at[:len(at)-1])
	o, ok := parent.(map[string]any)
	if !ok {
		return
	}
	delete(o, at[len(at)-1])
	if len(o) == 0 && len(at) > 1 {
		take(doc, at[:len(at)-1])
	}
}

// JSON writes settings down.
func JSON(settings map[string]any) ([]byte, error) { return written(settings) }

// Value reads one JSON value, numbers as they are written; nil when it is none.
func Value(raw string) any { return number([]byte(raw)) }

// Typed is a value as somebody would type it.
func Typed(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return text(v)
}
