// Command textpost is a messenger for tests that keeps every call it gets, the
// second for one key too.
package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
)

func main() { sdk.Serve(&post{}) }

// id is how it calls itself, in the place of another messenger:
// -ldflags "-X main.id=…".
var id = "textpost"

type post struct{ Dir string }

func (*post) Describe() sdk.Description {
	return sdk.Description{ID: id, Version: "1.0.0", Capabilities: []string{"channel.phone", "channel.email"},
		ConfigSchema: []byte(`{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["dir"],
			"additionalProperties": false, "properties": {"dir": {"type": "string"}}}`)}
}

func (*post) ValidateConfig([]byte) []sdk.Diagnostic { return nil }

func (p *post) Configure(_ context.Context, raw []byte) error {
	if err := json.Unmarshal(raw, p); err != nil {
		return err
	}
	return os.MkdirAll(p.Dir, 0o700)
}

func (p *post) Send(_ context.Context, m *sdk.Message) (*sdk.Receipt, error) {
	raw, err := json.Marshal(map[string]any{"id": m.Key, "to": m.To, "text": m.Text, "again": m.Again, "at": time.Now().UnixNano()})
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(p.Dir, ".*")
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(raw); err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return &sdk.Receipt{State: sdk.Sent, Reference: m.Key}, os.Rename(f.Name(), filepath.Join(p.Dir, filepath.Base(f.Name())[1:]+".json"))
}
