package host

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// clientCert is the variable in which go-plugin's servers expect our certificate. They
// answer with their own in the handshake line.
const clientCert = "PLUGIN_CLIENT_CERT"

// mutual makes what go-plugin's AutoMTLS would: a certificate for one process to know us
// by, and its text for the process's environment. Theirs are on the curve P-521, which
// Go has no fast code for: making, signing with and verifying one took a sixth of all
// that a replacement costs.
//
// The certificate has no date that matters, because it lives as long as the process:
// a machine whose clock is wrong starts providers, too (RFC 5280, 4.1.2.5).
func mutual() (*tls.Config, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, "", kyc.Wrap(kyc.Unavailable, err, "key")
	}
	const name = "localhost" // what go-plugin's own are made for
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		return nil, "", kyc.Wrap(kyc.Unavailable, err, "certificate")
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		RootCAs:      x509.NewCertPool(), // nobody's, until the process has shown its own
		MinVersion:   tls.VersionTLS12, ServerName: name,
	}
	return config, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), nil
}
