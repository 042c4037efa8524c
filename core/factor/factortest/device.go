// Package factortest has a device with passkeys in software, for the tests of
// every door: it answers what the gateway asks as a browser and its authenticator
// would (WebAuthn Level 3, 6.3), without a browser.
package factortest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// Device makes and uses passkeys. It makes mistakes on request.
type Device struct {
	Origin string // of the page that it is at
	Knows  bool   // the person, by a PIN or a finger
	Counts uint32 // its counter; 0: it has none and stays at 0

	Forge  bool // signs with a key that is not the passkey's
	Absent bool // nobody touches it

	keys []passkey
}

type passkey struct {
	id, handle []byte
	site       string
	key        *ecdsa.PrivateKey
}

type asked struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
		RPID string `json:"rpId"`
		User struct {
			ID string `json:"id"`
		} `json:"user"`
		Allow []struct {
			ID string `json:"id"`
		} `json:"allowCredentials"`
	} `json:"publicKey"`
}

func read(t *testing.T, options []byte) asked {
	t.Helper()
	var a asked
	if err := json.Unmarshal(options, &a); err != nil {
		t.Fatalf("%v: %s", err, options)
	}
	return a
}

func text(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func bytes(t *testing.T, s string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Create answers a question for a new passkey.
func (d *Device) Create(t *testing.T, options []byte) []byte {
	t.Helper()
	a := read(t, options)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := passkey{id: make([]byte, 32), handle: bytes(t, a.PublicKey.User.ID), site: a.PublicKey.RP.ID, key: key}
	if _, err := rand.Read(p.id); err != nil {
		t.Fatal(err)
	}
	d.keys = append(d.keys, p)
	public, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	cose, err := webauthncbor.Marshal(webauthncose.EC2PublicKeyData{PublicKeyData: webauthncose.PublicKeyData{KeyType: 2, Algorithm: -7},
		Curve: 1, XCoord: public[1:33], YCoord: public[33:]})
	if err != nil {
		t.Fatal(err)
	}
	data := d.data(p.site, 0x40) // with a new credential
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(p.id)))
	data = append(append(data, p.id...), cose...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, p, map[string]any{"clientDataJSON": text(d.client(t, "webauthn.create", a.PublicKey.Challenge)), "attestationObject": text(object),
		"transports": []string{"internal"}})
}

// Get answers a question for a passkey that there is: the newest one of the site
// that is allowed.
func (d *Device) Get(t *testing.T, options []byte) []byte {
	t.Helper()
	a := read(t, options)
	var p passkey
	for _, k := range d.keys {
		allowed := len(a.PublicKey.Allow) == 0
		for _, x := range a.PublicKey.Allow {
			allowed = allowed || x.ID == text(k.id)
		}
		if allowed && k.site == a.PublicKey.RPID {
			p = k
		}
	}
	if p.key == nil {
		t.Fatalf("the device has no passkey for %s", options)
	}
	if d.Counts > 0 {
		d.Counts++
	}
	key := p.key
	if d.Forge {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	data, client := d.data(p.site, 0), d.client(t, "webauthn.get", a.PublicKey.Challenge)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, p, map[string]any{"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature), "userHandle": text(p.handle)})
}

// data is the authenticator data: the site, flags, the counter.
func (d *Device) data(site string, flags byte) []byte {
	hash := sha256.Sum256([]byte(site))
	if !d.Absent {
		flags |= 0x01
	}
	if d.Knows {
		flags |= 0x04
	}
	return binary.BigEndian.AppendUint32(append(hash[:], flags), d.Counts)
}

func (d *Device) client(t *testing.T, kind, challenge string) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func answer(t *testing.T, p passkey, response map[string]any) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"id": text(p.id), "rawId": text(p.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
