package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/credential"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/plugins/catalogue"
)

// Storage says where things are kept. It is part of every command.
type Storage struct {
	Data        string `help:"Folder of the embedded database, the sealed files and the master key." env:"PAIFANG_DATA" default:"data"`
	MasterKey   string `help:"File of the master key, or hcvault://HOST/MOUNT/keys/NAME for one in HashiCorp Vault or OpenBao. Default: master.key in the data folder." env:"PAIFANG_MASTER_KEY" placeholder:"PLACE"`
	KeyStore    string `help:"Where the part of people's keys is kept that an erasure destroys, a folder or s3://BUCKET?region=REGION. Never part of a back-up of the data. Default: keys in the data folder." env:"PAIFANG_KEY_STORE" placeholder:"PLACE"`
	DatabaseURL string `help:"PostgreSQL to use instead of the embedded SQLite." env:"PAIFANG_DATABASE_URL" placeholder:"URL"`

	meter *store.Meter    // counts for the bench; nil outside of it
	cost  credential.Cost // of a hash; the zero value is the real one
}

func (s Storage) path(name string) string { return filepath.Join(s.Data, name) }

// masterKey is the file of the master key.
func (s Storage) masterKey() string {
	if s.MasterKey != "" {
		return s.MasterKey
	}
	return s.path("master.key")
}

// inKMS tells whether the master key is in a KMS instead of a file.
func (s Storage) inKMS() bool {
	scheme, _, found := strings.Cut(s.MasterKey, "://")
	return found && strings.HasPrefix(scheme, vault.TransitScheme)
}

// transit opens the master key in the KMS, with the variables of Vault's own tools.
func (s Storage) transit() (*vault.TransitKey, error) {
	token := os.Getenv("VAULT_TOKEN")
	if name := os.Getenv("VAULT_TOKEN_FILE"); token == "" && name != "" {
		raw, err := os.ReadFile(name) //nolint:gosec // G703: the operator names the file, as they name the program
		if err != nil {
			return nil, fmt.Errorf("the token of the KMS (VAULT_TOKEN_FILE) cannot be read: %w", err)
		}
		token = strings.TrimSpace(string(raw))
	}
	key, err := vault.TransitMaster(s.MasterKey, token, os.Getenv("VAULT_CACERT"))
	if err != nil {
		return nil, fmt.Errorf("the master key in the KMS cannot be used: %w (--master-key, VAULT_TOKEN or VAULT_TOKEN_FILE, VAULT_CACERT)", err)
	}
	return key, nil
}

// keyStore is where the trees of persons' keys are.
func (s Storage) keyStore() string {
	if s.KeyStore != "" {
		return s.KeyStore
	}
	return s.path("keys")
}

// prepare makes the data folder and tries to write there.
func (s Storage) prepare() error {
	err := os.MkdirAll(s.Data, 0o700)
	if err == nil {
		err = tryWrite(s.Data)
	}
	if err != nil {
		return fmt.Errorf("the data folder cannot be used: %w; let user %d write there, or name another with --data (PAIFANG_DATA)", err, os.Geteuid())
	}
	return nil
}

func tryWrite(dir string) error {
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	_ = probe.Close()
	return os.Remove(probe.Name())
}

// connect opens the database.
func (s Storage) connect(ctx context.Context) (*store.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	opened, err := store.Open(ctx, store.Config{DatabaseURL: s.DatabaseURL, Path: s.path("paifang.db"), Meter: s.meter})
	switch {
	case err == nil:
		return opened, nil
	case s.DatabaseURL != "":
		return nil, fmt.Errorf("the PostgreSQL of --database-url (PAIFANG_DATABASE_URL) cannot be used: %w; does it run, and is the URL like postgres://USER:PASSWORD@HOST:5432/DATABASE?", err)
	default:
		return nil, fmt.Errorf("the database %s cannot be used: %w", s.path("paifang.db"), err)
	}
}

// Installed says where installed providers are, and whose are taken.
type Installed struct {
	ProviderStore     string `help:"Folder of the providers that were installed, which nobody else may write. Default: providers in the data folder." env:"PAIFANG_PROVIDER_STORE" placeholder:"DIR"`
	TrustedPublishers string `help:"File with the public keys of publishers whose providers are taken, one a line. Default: publishers in the data folder." env:"PAIFANG_TRUSTED_PUBLISHERS" placeholder:"FILE"`
	AllowUnsigned     bool   `help:"Take providers that nobody has signed, too. For development only." env:"PAIFANG_ALLOW_UNSIGNED"`
}

// open is the store of installed providers of a data folder.
func (c Installed) open(s Storage) (*catalogue.Store, error) {
	config := catalogue.Config{Dir: c.ProviderStore, Trusted: c.publishers(s), AllowUnsigned: c.AllowUnsigned, Clock: time.Now}
	if config.Dir == "" {
		config.Dir = s.path("providers")
	}
	var err error
	config.Dir, err = filepath.Abs(config.Dir)
	if err != nil {
		return nil, err
	}
	if config.Publishers, err = catalogue.ReadPublishers(c.publishers(s)); err != nil {
		return nil, fmt.Errorf("the trusted publishers (--trusted-publishers, PAIFANG_TRUSTED_PUBLISHERS) in %s cannot be used: %w", c.publishers(s), err)
	}
	return catalogue.New(config), nil
}

func (c Installed) publishers(s Storage) string {
	if c.TrustedPublishers != "" {
		return c.TrustedPublishers
	}
	return s.path("publishers")
}

// Serving says how to serve.
type Serving struct {
	Storage
	Installed
	Listen      string            `help:"Address to listen on." env:"PAIFANG_LISTEN" default:"127.0.0.1:8080"`
	BaseURL     string            `help:"How people reach this server, for links in messages. Default: http:// and the address listened on." env:"PAIFANG_BASE_URL" placeholder:"URL"`
	Blobs       string            `help:"Where sealed files are kept, a folder or s3://BUCKET?region=REGION. Default: blobs in the data folder." env:"PAIFANG_BLOBS" placeholder:"PLACE"`
	Proxies     []netip.Prefix    `help:"Reverse proxies, by network, whose X-Forwarded-For is believed." env:"PAIFANG_PROXIES" placeholder:"NETWORK"`
	Connections int               `help:"Connections that one network address may have at a time, an IPv6 network of 64 bits likewise; 0: any number. Those of --proxies are not counted." env:"PAIFANG_CONNECTIONS" default:"1000"`
	Hosts       []string          `help:"Names without port, beside that of the base URL, under which this server answers; requests for others are refused." env:"PAIFANG_HOSTS" placeholder:"NAME"`
	Providers   string            `help:"Folder of the provider programs and their SHA256SUMS. Default: providers beside this program." env:"PAIFANG_PROVIDERS" placeholder:"DIR"`
	Messengers  map[string]string `help:"Which provider sends what: phone=NAME;email=NAME. Of several, NAME,NAME, the next one sends where one cannot." env:"PAIFANG_MESSENGERS" placeholder:"CHANNEL=NAME"`
	Settings    string            `help:"JSON file with the configuration of providers by name." env:"PAIFANG_SETTINGS" placeholder:"FILE"`
	Breached    string            `name:"breached-passwords" help:"File of breached passwords that are refused beside the shipped ones: SHA-1 in hexadecimal digits, one a line, sorted, as Have I Been Pwned gives it out." env:"PAIFANG_BREACHED_PASSWORDS" placeholder:"FILE" type:"existingfile"`
	Wait        time.Duration     `name:"recovery-wait" help:"How long the contacts of an account have to stop a recovery that was granted, before its one-time link is sent." env:"PAIFANG_RECOVERY_WAIT" default:"24h"`
	ErasureWait time.Duration     `name:"erasure-wait" help:"How long after somebody asked to be erased nothing is carried out, so that it can be taken back." env:"PAIFANG_ERASURE_WAIT" default:"72h"`
	Metrics     string            `help:"Address that answers GET /metrics for Prometheus, HOST:PORT; not for people. Default: none." env:"PAIFANG_METRICS" placeholder:"ADDRESS"`
	Tracing
	Secure bool `help:"Served over TLS: cookies are Secure and browsers are told to insist on it. Follows from a base URL with https." env:"PAIFANG_SECURE"`
}

// baseURL is how people reach this server. A server that listens everywhere
// only knows that this machine can reach it.
func (s Serving) baseURL() string {
	if s.BaseURL != "" {
		return strings.TrimSuffix(s.BaseURL, "/")
	}
	host, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return ""
	}
	if s.everywhere() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// hosts are the names under which this server answers: that of the base URL, those
// of --hosts and, where only this machine gets in anyway, its own.
func (s Serving) hosts() []string {
	names := slices.Clone(s.Hosts)
	if base, err := url.Parse(s.baseURL()); err == nil {
		names = append(names, base.Hostname())
	}
	if host, _, err := net.SplitHostPort(s.Listen); err == nil && (loopback(host) || s.BaseURL == "" && s.everywhere()) {
		names = append(names, "localhost", "127.0.0.1", "::1")
	}
	return names
}

// blobs is where sealed files are kept.
func (s Serving) blobs() string {
	if s.Blobs != "" {
		return s.Blobs
	}
	return s.path("blobs")
}

// secure tells whether people come by TLS.
func (s Serving) secure() bool {
	return s.Secure || strings.HasPrefix(strings.ToLower(s.BaseURL), "https://")
}

// everywhere tells whether all interfaces are listened on.
func (s Serving) everywhere() bool {
	host, _, _ := net.SplitHostPort(s.Listen)
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// check finds what is wrong with the addresses.
func (s Serving) check() error {
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		return fmt.Errorf("--listen (PAIFANG_LISTEN) is not HOST:PORT, like 127.0.0.1:8080: %w", err)
	}
	base, err := url.Parse(s.baseURL())
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || base.Path != "" || base.RawQuery != "" || base.User != nil {
		return fmt.Errorf("--base-url (PAIFANG_BASE_URL) is not an address like https://id.example.com without a path")
	}
	if s.Secure && base.Scheme != "https" {
		return fmt.Errorf("--secure (PAIFANG_SECURE) says that people come by TLS, but links would begin with %s: set --base-url (PAIFANG_BASE_URL) to the https address", s.baseURL())
	}
	if s.Connections < 0 {
		return fmt.Errorf("--connections (PAIFANG_CONNECTIONS) is less than 0: say how many connections one address may have, or 0 for any number")
	}
	return s.Tracing.check()
}

// configuration reads the operator's configuration of providers.
func (s Serving) configuration() (map[string]json.RawMessage, error) {
	settings := map[string]json.RawMessage{}
	if s.Settings == "" {
		return settings, nil
	}
	raw, err := os.ReadFile(s.Settings)
	if err != nil {
		return nil, fmt.Errorf("the settings of providers, --settings (PAIFANG_SETTINGS), cannot be read: %w", err)
	}
	if json.Unmarshal(raw, &settings) != nil { // its error could quote a password
		return nil, fmt.Errorf(`%s is not a JSON object like {"smtp": {…}}`, s.Settings)
	}
	return settings, nil
}

func (s Serving) messengers() (map[kyc.ContactKind][]string, error) {
	chosen := map[kyc.ContactKind][]string{}
	for channel, names := range s.Messengers {
		kind := kyc.ContactKind(channel)
		if kind != kyc.Phone && kind != kyc.Email {
			return nil, fmt.Errorf("--messengers (PAIFANG_MESSENGERS): there is no channel %q, only phone and email", channel)
		}
		for name := range strings.SplitSeq(names, ",") {
			if name = strings.TrimSpace(name); name != "" && !slices.Contains(chosen[kind], name) {
				chosen[kind] = append(chosen[kind], name)
			}
		}
	}
	return chosen, nil
}
