package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/paifang/paifang/core/kyc"
)

// Bounds of an entry.
const (
	MaxProgram   = 512 << 20 // bytes of a program
	MaxVectors   = 100       // files of golden vectors
	MaxVector    = 4 << 20   // bytes of one of them
	maxStatement = 32 << 10
	maxVersion   = 64
)

// title begins every statement, and says how it is to be read.
const title = "paifang provider 1"

var (
	names   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$`)
	files   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	digests = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Statement is what a publisher vouches for.
type Statement struct {
	Name    string   // the provider's id
	Version string   // as it describes itself
	Kinds   []string // market, messenger, verifier; in order
	Size    int64    // of the program, in bytes
	SHA256  string   // of the program, in hexadecimal
	Vectors []Vector // in the order of their names
}

// Vector is a file of golden vectors.
type Vector struct {
	Name   string
	SHA256 string
}

// ParseName accepts the id of a provider: 2 to 40 of a-z, 0-9 and inner hyphens.
func ParseName(name string) error {
	if !names.MatchString(name) {
		return kyc.E(kyc.Invalid, "a provider's name has 2 to 40 of a-z, 0-9 and hyphens")
	}
	return nil
}

// ParseVersion accepts a semantic version in full, 1.2.3 or 1.2.3-rc.1, without
// build metadata: two versions that are equal by the rules would be two entries.
func ParseVersion(version string) error {
	if len(version) > maxVersion || semver.Canonical("v"+version) != "v"+version {
		return kyc.E(kyc.Invalid, "a version is a semantic one in full and without +, like 1.2.3 or 2.0.0-rc.1")
	}
	return nil
}

// Newer compares two versions as semver.Compare does.
func Newer(a, b string) int { return semver.Compare("v"+a, "v"+b) }

// Describe makes the statement about a program.
func Describe(name, version string, kinds []string, program []byte, vectors map[string][]byte) (Statement, error) {
	s := Statement{Name: name, Version: version, Kinds: slices.Sorted(slices.Values(kinds)), Size: int64(len(program)), SHA256: digest(program)}
	for file, content := range vectors {
		if len(content) > MaxVector {
			return s, kyc.E(kyc.TooLarge, "a file of golden vectors has more than %d bytes", MaxVector)
		}
		s.Vectors = append(s.Vectors, Vector{Name: file, SHA256: digest(content)})
	}
	slices.SortFunc(s.Vectors, func(a, b Vector) int { return strings.Compare(a.Name, b.Name) })
	return s, s.check()
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (s Statement) check() error {
	if err := ParseName(s.Name); err != nil {
		return err
	}
	if err := ParseVersion(s.Version); err != nil {
		return err
	}
	switch {
	case s.Size <= 0 || s.Size > MaxProgram:
		return kyc.E(kyc.TooLarge, "a program has 1 to %d bytes", MaxProgram)
	case !digests.MatchString(s.SHA256):
		return kyc.E(kyc.Invalid, "the digest is not one of SHA-256")
	case len(s.Kinds) == 0 || !slices.IsSorted(s.Kinds) || len(slices.Compact(slices.Clone(s.Kinds))) != len(s.Kinds):
		return kyc.E(kyc.Invalid, "kinds are missing, not in order or named twice")
	case len(s.Vectors) > MaxVectors:
		return kyc.E(kyc.TooLarge, "there are more than %d files of golden vectors", MaxVectors)
	}
	for _, kind := range s.Kinds {
		if !slices.Contains([]string{"market", "messenger", "verifier"}, kind) {
			return kyc.E(kyc.Invalid, "there is no kind %q", kind)
		}
	}
	for i, v := range s.Vectors {
		if !files.MatchString(v.Name) || !digests.MatchString(v.SHA256) || i > 0 && s.Vectors[i-1].Name >= v.Name {
			return kyc.E(kyc.Invalid, "a file of golden vectors is not named in plain letters, named twice or out of order")
		}
	}
	return nil
}

// Text is the statement as it is signed: a line for each fact, in one order
// only, so that the same facts are always the same bytes.
func (s Statement) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nname %s\nversion %s\nkinds %s\nsize %d\nsha256 %s\n", title, s.Name, s.Version, strings.Join(s.Kinds, ","), s.Size, s.SHA256)
	for _, v := range s.Vectors {
		fmt.Fprintf(&b, "vectors %s %s\n", v.SHA256, v.Name)
	}
	return b.String()
}

// ParseStatement reads what Text wrote. Anything else is Invalid, another order
// or spelling of the same facts, too.
func ParseStatement(text string) (Statement, error) {
	bad := kyc.E(kyc.Invalid, "it is no statement about a provider")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(text) > maxStatement || len(lines) < 6 || lines[0] != title {
		return Statement{}, bad
	}
	values := make([]string, 0, len(lines))
	for i, key := range []string{"name ", "version ", "kinds ", "size ", "sha256 "} {
		value, ok := strings.CutPrefix(lines[i+1], key)
		if !ok {
			return Statement{}, bad
		}
		values = append(values, value)
	}
	size, err := strconv.ParseInt(values[3], 10, 64)
	if err != nil {
		return Statement{}, bad
	}
	s := Statement{Name: values[0], Version: values[1], Kinds: strings.Split(values[2], ","), Size: size, SHA256: values[4]}
	for _, line := range lines[6:] {
		fields := strings.Split(line, " ")
		if len(fields) != 3 || fields[0] != "vectors" {
			return Statement{}, bad
		}
		s.Vectors = append(s.Vectors, Vector{SHA256: fields[1], Name: fields[2]})
	}
	if err := s.check(); err != nil {
		return Statement{}, err
	}
	if s.Text() != text {
		return Statement{}, bad
	}
	return s, nil
}
