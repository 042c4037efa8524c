package host

import (
	"crypto/x509"
	"encoding/pem"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// However long a misbehaving program lives before it has to be replaced, its
// replacements are few: each costs a tenth of a second of one processor.
func TestReplacementsAreFew(t *testing.T) {
	timing := Timing{}.filled()
	for _, lived := range []time.Duration{0, time.Millisecond, time.Second, 30 * time.Second, steadyAfter, 2 * time.Minute, 149 * time.Second, 3 * time.Minute} {
		f := failures{min: timing.BackoffMin, max: timing.BackoffMax}
		began := time.Unix(1800000000, 0)
		starts, first := 0, 0
		for now := began; now.Sub(began) < 6*time.Hour; starts++ {
			if now.Sub(began) < time.Minute {
				first++
			}
			now = now.Add(lived)
			delay, often := f.add(now, lived)
			if often {
				delay = timing.Quarantine
				f.once() // as supervisor.run does after it
			}
			now = now.Add(delay)
		}
		if first > quarantineFailures || starts/6 > 25 {
			t.Errorf("who lives for %v is started %d times in the first minute and %d times an hour", lived, first, starts/6)
		}
	}
}

// The forms that are looked at by hand are what the expression says.
func TestMessageKeys(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9-]{2,40}(\.[A-Za-z0-9_-]{1,80}){1,8}$`)
	parts := []string{"a", "atlas", "Atlas", "title", "A_b-9", ".", "..", "-", "é", "\x00", "\n", strings.Repeat("a", 40), strings.Repeat("b", 80)}
	choice := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // G404: the same every time
	good := 0
	for range 200_000 {
		var key strings.Builder
		for range choice.IntN(20) {
			key.WriteString(parts[choice.IntN(len(parts))])
		}
		want := form.MatchString(key.String())
		if isMessageKey(key.String()) != want {
			t.Fatalf("%q is a key: %v", key.String(), !want)
		}
		if want {
			good++
		}
	}
	if good < 100 {
		t.Errorf("only %d of them are keys", good)
	}
}

// Each process knows us by a certificate of its own, and nobody but whoever it shows
// in its handshake is believed to be it.
func TestEachProcessHasACertificateOfOurs(t *testing.T) {
	a, text, err := mutual()
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := mutual()
	if err != nil || other == text {
		t.Fatalf("two processes know us by one certificate (%v)", err)
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(rest) > 0 {
		t.Fatal("it is no PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Errorf("a provider does not take it: %v", err)
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: a.RootCAs}); err == nil || a.InsecureSkipVerify {
		t.Error("anybody is believed before the handshake")
	}
}

// What is wrong with a description is said in the same words every time.
func TestARefusalIsTheSameEveryTime(t *testing.T) {
	d := good()
	for _, locale := range []string{"zh-Hans", "fr", "ar", "ru", "de", "pt"} {
		d.Catalogues = append(d.Catalogues, &wirev1.Catalogue{Locale: locale, Messages: map[string]*wirev1.Text{
			"good.a": {Forms: map[string]string{"other": "x", "pair": "x", "both": "x"}}, "bad.b": {}, "bad.c": {}}})
	}
	want := Judge(d).Error()
	for range 20 {
		if got := Judge(d).Error(); got != want {
			t.Fatalf("%s\nand\n%s", want, got)
		}
	}
}
