package vault

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// TransitScheme is what the address of a master key in a KMS begins with.
const TransitScheme = "hcvault"

const (
	// transitTime is how long the KMS may take for an answer.
	transitTime = 5 * time.Second
	// maxTransit bounds an answer; a wrapped keyset has some hundred bytes.
	maxTransit = 1 << 20
)

// TransitKey is a master key that never leaves a KMS: the transit engine of
// HashiCorp Vault or OpenBao. Wrapping and opening are requests; keys that have
// been opened are used from memory, so that a KMS that is away is noticed after
// Config.Fresh, as Unavailable, and all goes on when it is back.
type TransitKey struct {
	base  string // https://HOST/v1/MOUNT
	name  string
	token string
	http  *http.Client
}

var transitPath = regexp.MustCompile(`^/([A-Za-z0-9_/-]+)/keys/([A-Za-z0-9_.-]+)$`)

// TransitMaster opens the key of an address hcvault://HOST:PORT/MOUNT/keys/NAME,
// with a token that may encrypt and decrypt with it (to rotate also: update
// keys/NAME/rotate and keys/NAME/config, read keys/NAME). The key's type must
// take associated data: aes256-gcm96, which is Vault's default, or
// chacha20-poly1305. authority is a file of certificates to trust instead of the
// system's, or "". The KMS is spoken to by TLS; without it, hcvault+http://, it
// must be on this machine.
func TransitMaster(address, token, authority string) (*TransitKey, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, kyc.E(kyc.Invalid, "the master key's address is not of the form hcvault://HOST:PORT/MOUNT/keys/NAME")
	}
	path := transitPath.FindStringSubmatch(u.Path)
	secure := u.Scheme == TransitScheme
	if path == nil || !secure && u.Scheme != TransitScheme+"+http" {
		return nil, kyc.E(kyc.Invalid, "the master key's address is not of the form hcvault://HOST:PORT/MOUNT/keys/NAME")
	}
	if ip := net.ParseIP(u.Hostname()); !secure && (ip == nil || !ip.IsLoopback()) {
		return nil, kyc.E(kyc.Invalid, "a KMS on another machine is spoken to by TLS: hcvault://")
	}
	if token == "" {
		return nil, kyc.E(kyc.Invalid, "the KMS needs a token")
	}
	trusted, err := trust(authority)
	if err != nil {
		return nil, err
	}
	scheme := map[bool]string{true: "https", false: "http"}[secure]
	return &TransitKey{base: scheme + "://" + u.Host + "/v1/" + path[1], name: path[2], token: token, http: &http.Client{
		Timeout:       transitTime,
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token goes to nobody else
	}}, nil
}

func trust(authority string) (*x509.CertPool, error) {
	if authority == "" {
		return nil, nil // the system's
	}
	raw, err := os.ReadFile(authority)
	if err != nil {
		return nil, kyc.Wrap(kyc.Invalid, err, "read the KMS's certificates")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(raw) {
		return nil, kyc.E(kyc.Invalid, "%s has no certificates", authority)
	}
	return pool, nil
}

// Encrypt wraps under the newest version of the key.
func (k *TransitKey) Encrypt(plain, bound []byte) ([]byte, error) {
	var answer struct {
		Ciphertext string `json:"ciphertext"`
	}
	err := k.ask(http.MethodPost, "/encrypt/"+k.name, map[string][]byte{"plaintext": plain, "associated_data": bound}, &answer)
	if err == nil && !strings.HasPrefix(answer.Ciphertext, "vault:v") {
		err = kyc.E(kyc.Unavailable, "the KMS gave no ciphertext")
	}
	return []byte(answer.Ciphertext), err
}

// Decrypt opens what any version has wrapped that has not been dropped.
func (k *TransitKey) Decrypt(sealed, bound []byte) ([]byte, error) {
	var answer struct {
		Plaintext []byte `json:"plaintext"`
	}
	err := k.ask(http.MethodPost, "/decrypt/"+k.name,
		map[string]string{"ciphertext": string(sealed), "associated_data": base64.StdEncoding.EncodeToString(bound)}, &answer)
	return answer.Plaintext, err
}

// Marks are what everything begins with that the newest and the older versions
// have wrapped.
func (k *TransitKey) Marks() (newest []byte, older [][]byte, err error) {
	var answer struct {
		Latest int `json:"latest_version"`
		Least  int `json:"min_decryption_version"`
	}
	if err := k.ask(http.MethodGet, "/keys/"+k.name, nil, &answer); err != nil {
		return nil, nil, err
	}
	for v := max(answer.Least, 1); v < answer.Latest; v++ {
		older = append(older, transitMark(v))
	}
	return transitMark(answer.Latest), older, nil
}

func transitMark(version int) []byte { return []byte("vault:v" + strconv.Itoa(version) + ":") }

// Add has the KMS make a new version.
func (k *TransitKey) Add() error {
	return k.ask(http.MethodPost, "/keys/"+k.name+"/rotate", map[string]string{}, nil)
}

// Drop lets the KMS open nothing any more that older versions have wrapped.
func (k *TransitKey) Drop() error {
	var answer struct {
		Latest int `json:"latest_version"`
	}
	if err := k.ask(http.MethodGet, "/keys/"+k.name, nil, &answer); err != nil {
		return err
	}
	return k.ask(http.MethodPost, "/keys/"+k.name+"/config", map[string]int{"min_decryption_version": answer.Latest}, nil)
}

// ask sends a request. What the KMS refuses is Internal or Forbidden, all else
// that goes wrong is Unavailable: we could not tell.
func (k *TransitKey) ask(method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(context.Background(), transitTime) // an AEAD has no context
	defer cancel()
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return kyc.Wrap(kyc.Internal, err, "ask the KMS")
		}
		content = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, k.base+path, content)
	if err != nil {
		return kyc.Wrap(kyc.Internal, err, "ask the KMS")
	}
	request.Header.Set("X-Vault-Token", k.token)
	request.Header.Set("X-Vault-Request", "true")
	response, err := k.http.Do(request)
	if err != nil {
		return kyc.Wrap(kyc.Unavailable, reason(err), "the KMS does not answer")
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxTransit))
	if err != nil {
		return kyc.Wrap(kyc.Unavailable, err, "the KMS does not answer")
	}
	switch {
	case response.StatusCode == http.StatusForbidden || response.StatusCode == http.StatusUnauthorized:
		return kyc.E(kyc.Unavailable, "the KMS refuses the token")
	case response.StatusCode == http.StatusBadRequest || response.StatusCode == http.StatusNotFound:
		return kyc.E(kyc.Internal, "the KMS refuses: %d", response.StatusCode)
	case response.StatusCode < 200 || response.StatusCode > 299:
		return kyc.E(kyc.Unavailable, "the KMS answers %d", response.StatusCode)
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(raw, &struct {
		Data any `json:"data"`
	}{into}); err != nil {
		return kyc.E(kyc.Unavailable, "the KMS's answer makes no sense") // the cause could quote a key
	}
	return nil
}

// reason leaves out the address, which stands in errors of requests.
func reason(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("%s: %w", u.Op, u.Err)
	}
	return err
}
