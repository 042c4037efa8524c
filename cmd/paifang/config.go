package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
)

// Storage says where things are kept. It is part of every command.
type Storage struct {
	Data        string `help:"Folder of the embedded database, the sealed files and the master key." env:"PAIFANG_DATA" default:"data" placeholder:"DIR"`
	DatabaseURL string `help:"PostgreSQL to use instead of the embedded SQLite." env:"PAIFANG_DATABASE_URL" placeholder:"URL"`
}

func (s Storage) open() store.Config {
	return store.Config{DatabaseURL: s.DatabaseURL, Path: filepath.Join(s.Data, "paifang.db")}
}

func (s Storage) path(name string) string { return filepath.Join(s.Data, name) }

func (s Storage) prepare() error { return os.MkdirAll(s.Data, 0o700) }

// Serving says how to serve.
type Serving struct {
	Storage
	Listen     string            `help:"Address to listen on." env:"PAIFANG_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	BaseURL    string            `help:"How people reach this server, for links in messages. Default: http:// and the address listened on." env:"PAIFANG_BASE_URL" placeholder:"URL"`
	Providers  string            `help:"Folder of the provider programs and their SHA256SUMS. Default: providers beside this program." env:"PAIFANG_PROVIDERS" placeholder:"DIR"`
	Messengers map[string]string `help:"Which provider sends what: phone=NAME;email=NAME." env:"PAIFANG_MESSENGERS" placeholder:"CHANNEL=NAME"`
	Settings   string            `help:"JSON file with the configuration of providers by name." env:"PAIFANG_SETTINGS" type:"existingfile" placeholder:"FILE"`
	Secure     bool              `help:"Served over TLS: cookies are Secure and browsers are told to insist on it." env:"PAIFANG_SECURE"`
}

func (s Serving) baseURL() string {
	if s.BaseURL != "" {
		return s.BaseURL
	}
	return "http://" + s.Listen
}

func (s Serving) providers() (string, error) {
	if s.Providers != "" {
		return s.Providers, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(self), "providers"), nil
}

// settings reads the operator's configuration of providers.
func (s Serving) settings() (map[string]json.RawMessage, error) {
	settings := map[string]json.RawMessage{}
	if s.Settings == "" {
		return settings, nil
	}
	raw, err := os.ReadFile(s.Settings)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &settings); err != nil {
		return nil, fmt.Errorf("settings of providers: %w", err)
	}
	return settings, nil
}

func (s Serving) messengers() map[kyc.ContactKind]string {
	chosen := map[kyc.ContactKind]string{}
	for channel, name := range s.Messengers {
		chosen[kyc.ContactKind(channel)] = name
	}
	return chosen
}
