package host

import (
	"bytes"
	"errors"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// checkConfig judges the operator's configuration by the provider's schema.
// Only places and rules get into the error: values may be passwords.
func checkConfig(a *about, config []byte) error {
	if a.configSchema == nil || len(config) == 0 {
		return nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return refuse("configuration is not JSON")
	}
	err = a.configSchema.Validate(doc)
	var invalid *jsonschema.ValidationError
	if errors.As(err, &invalid) {
		return refuse("configuration: %s", strings.Join(places(invalid, nil), "; "))
	}
	return nil
}

// places lists where a document breaks which rule.
func places(e *jsonschema.ValidationError, list []string) []string {
	if len(e.Causes) == 0 && len(list) < 10 {
		return append(list, "/"+strings.Join(e.InstanceLocation, "/")+" "+strings.Join(e.ErrorKind.KeywordPath(), "/"))
	}
	for _, cause := range e.Causes {
		list = places(cause, list)
	}
	return list
}

func diagnosed(list []*wirev1.Diagnostic) string {
	var parts []string
	for _, d := range list[:min(len(list), 10)] {
		parts = append(parts, clip(d.Path)+" "+clip(d.Code))
	}
	return strings.Join(parts, "; ")
}
