package sdk

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// DecodeConfig reads a configuration strictly into a struct that holds the
// defaults: what the configuration does not say keeps them, an unknown setting
// is an error, an empty configuration is all defaults.
func DecodeConfig(raw []byte, into any) error {
	if said := bytes.TrimSpace(raw); len(said) == 0 || string(said) == "{}" { // with every call of most tenants
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return nil
}

// Authorities reads the certificates (PEM) that a provider trusts when it calls
// its vendor; nil, the system's, without a file.
func Authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate")
	}
	return pool, nil
}
