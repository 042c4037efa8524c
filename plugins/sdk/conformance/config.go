package conformance

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// secret must never be said again.
const secret = "hunter2-canary"

func configCases() []check {
	return []check{
		{"config.none", "without a configuration it works, or says what it lacks", "Answer Configure with diagnostics, not with an error, when a needed configuration is missing.", configNone},
		{"config.broken", "broken and unknown settings are refused with a diagnostic each, not with a fault",
			"Read the configuration strictly (sdk.DecodeConfig) and return what is wrong as diagnostics with a dotted code.", configBroken},
		{"config.secrets", "what is wrong with a configuration is said without its values", "Put names and rules into diagnostics, never values: they may be passwords.", configSecrets},
		{"config.trying", "judging a configuration changes nothing", "ValidateConfig must leave no trace; what it refused must not be in force.", configTrying},
		{"config.first", "what needs a configuration refuses calls before it has one", "Answer FailedPrecondition until Configure was good: the SDK does.", configFirst},
		{"config.tenant", "a tenant's broken and unknown settings are refused",
			"Declare a strict TenantSchema (additionalProperties: false), or implement ValidateTenantConfig.", configTenant},
	}
}

func (t *trial) validate(ctx context.Context, config []byte, tenant bool) ([]*wirev1.Diagnostic, error) {
	ctx, cancel := context.WithTimeout(ctx, t.limit(2*time.Second))
	defer cancel()
	r, err := t.main.Base.ValidateConfig(ctx, &wirev1.ValidateConfigRequest{Config: config, Tenant: tenant})
	return r.GetDiagnostics(), err
}

// brokenConfigs is what no provider may take for a configuration.
func brokenConfigs() map[string][]byte {
	return map[string][]byte{
		"half of one":     []byte(`{"a":`),
		"a list":          []byte(`[1,2]`),
		"no JSON":         []byte("\xff\xfe\x00 = yes"),
		"an unknown name": []byte(`{"no_such_setting_anywhere":"` + secret + `"}`),
		"a deep one":      []byte(strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000)),
	}
}

func configNone(ctx context.Context, t *trial) {
	list, err := t.validate(ctx, nil, false)
	if err != nil {
		t.errorf("%v", err)
	}
	for _, d := range list {
		t.want(dotted.MatchString(d.Code), "a diagnostic with code %q", d.Code)
	}
}

func configBroken(ctx context.Context, t *trial) {
	for name, config := range brokenConfigs() {
		list, err := t.validate(ctx, config, false)
		switch {
		case err != nil:
			t.errorf("%s: %v", name, err)
		case len(list) == 0:
			t.errorf("%s is found good", name)
		}
		for _, d := range list {
			t.want(dotted.MatchString(d.Code), "%s: a diagnostic with code %q", name, d.Code)
		}
	}
	t.count = len(brokenConfigs())
}

func configSecrets(ctx context.Context, t *trial) {
	for _, tenant := range []bool{false, true} {
		list, err := t.validate(ctx, brokenConfigs()["an unknown name"], tenant)
		text := status.Convert(err).Message()
		for _, d := range list {
			text += d.String()
		}
		t.want(!strings.Contains(text, secret), "a value is repeated")
	}
}

func configTrying(ctx context.Context, t *trial) {
	fresh, err := t.start(ctx)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	defer fresh.stop()
	ctx, cancel := context.WithTimeout(ctx, t.limit(5*time.Second))
	defer cancel()
	for _, config := range [][]byte{brokenConfigs()["an unknown name"], t.Config, t.Config} {
		_, _ = fresh.Base.ValidateConfig(ctx, &wirev1.ValidateConfigRequest{Config: config})
	}
	r, err := fresh.Base.Configure(ctx, &wirev1.ConfigureRequest{Config: brokenConfigs()["an unknown name"]})
	t.want(err != nil || len(r.Diagnostics) > 0, "Configure takes what ValidateConfig must refuse")
	r, err = fresh.Base.Configure(ctx, &wirev1.ConfigureRequest{Config: t.Config})
	if err != nil || len(r.Diagnostics) > 0 {
		t.errorf("after judging others it refuses the right one: %v %s", err, diagnosed(r.GetDiagnostics()))
	}
}

func configFirst(ctx context.Context, t *trial) {
	if list, err := t.validate(ctx, nil, false); err != nil || len(list) == 0 {
		t.skip("it needs no configuration")
		return
	}
	fresh, err := t.start(ctx)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	defer fresh.stop()
	err = t.anyCall(ctx, fresh.Client)
	t.want(status.Code(err) == codes.FailedPrecondition, "a call before the configuration: %v", err)
}

// anyCall makes a harmless call of the first kind that the provider is of.
func (t *trial) anyCall(ctx context.Context, c *Client) error {
	ctx, cancel := context.WithTimeout(ctx, t.limit(2*time.Second))
	defer cancel()
	var err error
	switch kindName(t.about.Kinds[0]) {
	case "market":
		_, err = c.Market.Evaluate(ctx, t.question(t.about.Flows[0], t.about.Flows[0].Steps[0], nil))
	case "messenger":
		_, err = c.Messenger.ParseReceipt(ctx, &wirev1.ParseReceiptRequest{})
	case "verifier":
		_, err = t.verify(ctx, c, &wirev1.VerifyHeader{IdempotencyKey: "any", Capability: t.capability()})
	}
	return err
}

func configTenant(ctx context.Context, t *trial) {
	if !t.isMarket() || len(t.about.TenantSchema) == 0 {
		t.skip("tenants cannot configure it")
		return
	}
	schema, err := compile(t.about.TenantSchema)
	if err != nil {
		t.errorf("%v", err)
		return
	}
	for name, config := range brokenConfigs() {
		list, err := t.validate(ctx, config, true)
		if err != nil {
			t.errorf("%s: %v", name, err)
			continue
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
		var invalid *jsonschema.ValidationError
		bySchema := err != nil || errors.As(schema.Validate(doc), &invalid)
		t.want(len(list) > 0 || bySchema, "%s is found good", name)
	}
}
