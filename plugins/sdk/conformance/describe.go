package conformance

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// Forms of the words of a description, as hosts accept them.
var (
	slug       = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$`)
	semver     = regexp.MustCompile(`^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z.-]{1,60})?$`)
	dotted     = regexp.MustCompile(`^[a-z0-9_-]{1,60}(\.[a-z0-9_-]{1,60}){1,5}$`)
	localeTag  = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$`)
	messageKey = regexp.MustCompile(`^[a-z0-9-]{2,40}(\.[A-Za-z0-9_-]{1,80}){1,8}$`)
)

// reserved are groups of the core's own messages.
var reserved = []string{"admin", "apply", "audit", "dev", "error", "field", "mail", "problem", "provider", "reason", "sms", "state"}

func describeCases() []check {
	return []check{
		{"describe.id", "its id is a slug",
			"Use 2 to 40 characters a-z, 0-9 and inner hyphens, and no group of the core's messages.", describeID},
		{"describe.version", "its version is semantic", `Write three numbers: "1.0.0".`, describeVersion},
		{"describe.protocol", "it speaks protocol 1", "Set protocol_min and protocol_max around 1: the SDK does.", describeProtocol},
		{"describe.kinds", "it says what kinds it is of, and what it can", "Implement Market, Messenger or Verifier; name capabilities in two dotted words or more, such as channel.phone.", describeKinds},
		{"describe.constant", "it describes itself always the same, configured or not", "Describe must not depend on the configuration, the clock or chance.", describeConstant},
		{"describe.schemas", "the schemas of its configurations are JSON Schemas that need nothing from elsewhere",
			"Write JSON Schema 2020-12 without references to other documents.", describeSchemas},
		{"describe.codes", `own codes are "x.<id>.<code>" and each is a case of a common code`,
			"Declare in OwnCodes every own code with the common code that it is a case of; Vocabulary of package plugins/sdk/conformance lists the common ones, and those for fields (field.…) are none of them.", describeCodes},
		{"describe.host", "a host accepts the description", "Mend what the host names.", describeHost},
	}
}

func describeID(_ context.Context, t *trial) {
	id := t.about.Id
	t.want(slug.MatchString(id), "id %q is not a slug", id)
	t.want(!slices.Contains(reserved, id), "id %q is a group of the core's messages", id)
}

func describeVersion(_ context.Context, t *trial) {
	t.want(semver.MatchString(t.about.Version), "version %q is not semantic", t.about.Version)
}

func describeProtocol(_ context.Context, t *trial) {
	t.want(t.about.ProtocolMin <= wire.Protocol && t.about.ProtocolMax >= wire.Protocol,
		"protocol range %d to %d is without %d", t.about.ProtocolMin, t.about.ProtocolMax, wire.Protocol)
}

func describeKinds(_ context.Context, t *trial) {
	t.want(len(t.about.Kinds) > 0, "no kind")
	for _, k := range t.about.Kinds {
		t.want(kinds()[k] != nil, "unknown kind %d", k)
	}
	for _, c := range t.about.Capabilities {
		t.want(dotted.MatchString(c), "capability %q", c)
	}
}

func describeConstant(ctx context.Context, t *trial) {
	fresh, err := t.start(ctx)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	defer fresh.stop()
	for _, p := range []*process{fresh, t.main, t.main} {
		limited, cancel := context.WithTimeout(ctx, t.limit(2*time.Second))
		again, err := p.Base.Describe(limited, &wirev1.DescribeRequest{})
		cancel()
		if err != nil {
			t.errorf("%v", err)
			continue
		}
		t.want(same(again, t.about), "it describes itself otherwise than at first")
	}
}

func describeSchemas(_ context.Context, t *trial) {
	for what, schema := range map[string][]byte{"configuration schema": t.about.ConfigSchema, "tenant schema": t.about.TenantSchema} {
		if _, err := compile(schema); err != nil {
			t.errorf("%s: %v", what, err)
		}
	}
}

func describeCodes(_ context.Context, t *trial) {
	for code, parent := range ownCodes(t.about) {
		t.want(strings.HasPrefix(code, "x."+t.about.Id+".") && dotted.MatchString(code), "own code %q does not begin with %q", code, "x."+t.about.Id+".")
		t.want(isCommon(parent), "own code %q is a case of %q, which is no common code", code, parent)
	}
}

func describeHost(_ context.Context, t *trial) {
	if t.Judge == nil {
		t.skip("no host was asked: paifang provider test asks one")
		return
	}
	if err := t.Judge(t.about); err != nil {
		t.errorf("%v", err)
	}
}

func ownCodes(about *wirev1.DescribeResponse) map[string]string {
	m := map[string]string{}
	for _, c := range about.OwnCodes {
		m[c.Code] = c.Parent
	}
	return m
}

// compile compiles a JSON Schema that loads nothing; nil for none.
func compile(schema []byte) (*jsonschema.Schema, error) {
	if len(schema) == 0 {
		return nil, nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(noLoader{})
	if err := c.AddResource("config.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("config.json")
}

type noLoader struct{}

func (noLoader) Load(string) (any, error) { return nil, errors.New("schemas refer to nothing outside") }
