package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// DecodeConfig reads a configuration strictly into a struct that holds the
// defaults: what the configuration does not say keeps them, an unknown setting
// is an error, an empty configuration is all defaults.
func DecodeConfig(raw []byte, into any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return nil
}
