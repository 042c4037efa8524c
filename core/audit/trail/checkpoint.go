package trail

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/paifang/paifang/core/kyc"
)

// maxNote bounds a signed checkpoint in bytes.
const maxNote = 4 << 10

// Checkpoint says how a tenant's log stands: the first Size lines have this Root.
// Its text is a checkpoint of C2SP's tlog-checkpoint (origin, size, root) with a
// line that says when, and, where the signing key changes, one that names the
// next key.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
	At     kyc.Millis
	Next   string // verifier key that signs from here on; "" as a rule
}

// Text is what is signed.
func (c Checkpoint) Text() string {
	text := fmt.Sprintf("%s\n%d\n%s\nsealed %s\n", c.Origin, c.Size, c.Root, c.At.Time().Format(clockFormat))
	if c.Next != "" {
		text += "next-key " + c.Next + "\n"
	}
	return text
}

// parseCheckpoint accepts what Text writes and nothing else.
func parseCheckpoint(text string) (Checkpoint, error) {
	wrong := errors.New("is not a checkpoint")
	lines := strings.Split(text, "\n")
	if len(lines) != 5 && len(lines) != 6 {
		return Checkpoint{}, wrong
	}
	size, errSize := strconv.ParseInt(lines[1], 10, 64)
	root, errRoot := tlog.ParseHash(lines[2])
	at, errAt := time.Parse("sealed "+clockFormat, lines[3])
	if errSize != nil || errRoot != nil || errAt != nil || size < 1 {
		return Checkpoint{}, wrong
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root, At: kyc.At(at)}
	if len(lines) == 6 {
		c.Next = strings.TrimPrefix(lines[4], "next-key ")
	}
	if c.Text() != text {
		return Checkpoint{}, wrong
	}
	return c, nil
}

// sign makes the signed note.
func (c Checkpoint) sign(signers ...note.Signer) (string, error) {
	signed, err := note.Sign(&note.Note{Text: c.Text()}, signers...)
	return string(signed), err
}

// Open reads a signed checkpoint that all of the given keys have signed, and
// nobody else has. Every byte counts: it fails when any is another one.
func Open(signed string, keys ...Key) (Checkpoint, error) {
	if len(signed) > maxNote {
		return Checkpoint{}, errors.New("is too long for a checkpoint")
	}
	opened, err := note.Open([]byte(signed), verifiers(keys))
	if err != nil {
		return Checkpoint{}, errors.New("has no valid signature of the key that signs the log")
	}
	if len(opened.Sigs) != len(keys) || len(opened.UnverifiedSigs) > 0 {
		return Checkpoint{}, errors.New("is not signed by exactly the keys that sign the log")
	}
	again := opened.Text + "\n"
	for i, s := range opened.Sigs {
		if s.Hash != keys[i].KeyHash() {
			return Checkpoint{}, errors.New("is signed in another order than the keys have")
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(s.Base64)
		if err != nil || base64.StdEncoding.EncodeToString(raw) != s.Base64 {
			return Checkpoint{}, errors.New("has a signature that is not written in the one form that it has")
		}
		again += "— " + s.Name + " " + s.Base64 + "\n"
	}
	if again != signed {
		return Checkpoint{}, errors.New("is not written in the one form that a checkpoint has")
	}
	return parseCheckpoint(opened.Text)
}

func verifiers(keys []Key) note.Verifiers {
	list := make([]note.Verifier, len(keys))
	for i, k := range keys {
		list[i] = k.Verifier
	}
	return note.VerifierList(list...)
}

// Peek reads a signed checkpoint without asking who signed it.
func Peek(signed string) (Checkpoint, error) {
	text, _, found := strings.Cut(signed, "\n\n")
	if !found || len(signed) > maxNote {
		return Checkpoint{}, errors.New("is not a signed note")
	}
	return parseCheckpoint(text + "\n")
}

// Key is a verifier key: what `paifang audit key` prints.
type Key struct {
	note.Verifier
	Text string // NAME+HASH+BASE64
}

// ID is what tells the keys of a log apart: eight hexadecimal digits. Trust is in
// the whole key, never in its id.
func (k Key) ID() string { return fmt.Sprintf("%08x", k.KeyHash()) }

// ParseKey reads a verifier key in the one form that it has.
func ParseKey(text string) (Key, error) {
	wrong := errors.New("is not a verifier key of the form NAME+HASH+BASE64")
	verifier, err := note.NewVerifier(text)
	if err != nil {
		return Key{}, wrong
	}
	const algorithm = 1                                                              // one byte in front, Ed25519
	_, encoded, _ := strings.Cut(strings.TrimPrefix(text, verifier.Name()+"+"), "+") // itself may hold a +
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != algorithm+ed25519.PublicKeySize {
		return Key{}, wrong
	}
	if again, err := note.NewEd25519VerifierKey(verifier.Name(), raw[algorithm:]); err != nil || again != text {
		return Key{}, wrong
	}
	return Key{verifier, text}, nil
}

// makeKey draws a key pair of a log.
func makeKey(random io.Reader, origin string) (private, verifier string, err error) {
	return note.GenerateKey(random, origin)
}

// newOrigin names a log. Two installations can have a tenant of the same id: a
// piece of chance tells their logs apart.
func newOrigin(random io.Reader, tenant kyc.TenantID) (string, error) {
	var chance [4]byte
	if _, err := io.ReadFull(random, chance[:]); err != nil {
		return "", err
	}
	return fmt.Sprintf("paifang/audit/%s/%x", tenant, chance), nil
}
