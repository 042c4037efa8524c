package catalogue

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/paifang/paifang/core/kyc"
)

// NewKey makes a publisher's key pair in the format of signed notes. The public
// one is a line of a file of trusted publishers.
func NewKey(random io.Reader, publisher string) (private, public string, err error) {
	if publisher == "" || len(publisher) > 100 || strings.ContainsAny(publisher, "+ \t\r\n") {
		return "", "", kyc.E(kyc.Invalid, "a publisher's name has 1 to 100 characters and neither blanks nor +, like example.com/providers")
	}
	private, public, err = note.GenerateKey(random, publisher)
	return private, public, kyc.Wrap(kyc.Internal, err, "make a publisher's key")
}

// Sign gives the signed note of a statement.
func Sign(s Statement, private string) (string, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	signer, err := note.NewSigner(strings.TrimSpace(private))
	if err != nil {
		return "", kyc.E(kyc.Invalid, "it is no private key of a publisher") // its error could quote the key
	}
	signed, err := note.Sign(&note.Note{Text: s.Text()}, signer)
	return string(signed), kyc.Wrap(kyc.Internal, err, "sign a statement")
}

// Publishers are those whose signatures count.
type Publishers struct{ list []note.Verifier }

// ParsePublishers reads public keys, one a line; empty lines and lines that
// begin with # are skipped.
func ParsePublishers(text string) (Publishers, error) {
	var p Publishers
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		v, err := note.NewVerifier(line)
		if err != nil {
			return Publishers{}, kyc.E(kyc.Invalid, "line %d is no public key of a publisher", number)
		}
		p.list = append(p.list, v)
	}
	return p, nil
}

// ReadPublishers reads a file of public keys, which nobody else may write. A
// file that is not there has none in it.
func ReadPublishers(path string) (Publishers, error) {
	if err := Owned(path, 0); errors.Is(err, fs.ErrNotExist) {
		return Publishers{}, nil
	} else if err != nil {
		return Publishers{}, kyc.Wrap(kyc.Invalid, err, "trusted publishers")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Publishers{}, kyc.Wrap(kyc.Invalid, err, "trusted publishers")
	}
	return ParsePublishers(string(text))
}

// Names lists the publishers.
func (p Publishers) Names() []string {
	var list []string
	for _, v := range p.list {
		list = append(list, v.Name())
	}
	return list
}

// Open reads a signed note and tells what it says and which trusted publisher
// signed it. It is Forbidden when none did.
func (p Publishers) Open(signed string) (Statement, string, error) {
	if len(signed) > 2*maxStatement {
		return Statement{}, "", kyc.E(kyc.TooLarge, "the signed statement is too long")
	}
	n, err := note.Open([]byte(signed), note.VerifierList(p.list...))
	var unknown *note.UnverifiedNoteError
	switch {
	case errors.As(err, &unknown):
		return Statement{}, "", kyc.E(kyc.Forbidden, "the signature is by %s, who is no trusted publisher", signers(unknown.Note))
	case err != nil:
		return Statement{}, "", kyc.E(kyc.Forbidden, "the signature is not that of the publisher, or what is signed was changed")
	}
	s, err := ParseStatement(n.Text)
	return s, n.Sigs[0].Name, err
}

func signers(n *note.Note) string {
	var list []string
	for _, s := range n.UnverifiedSigs {
		list = append(list, s.Name)
	}
	return strings.Join(list, ", ")
}
