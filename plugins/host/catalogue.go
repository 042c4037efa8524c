package host

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/paifang/paifang/core/kyc"
	programs "github.com/paifang/paifang/plugins/catalogue"
)

// manifest is the file with the digests, as sha256sum writes and checks it.
const manifest = "SHA256SUMS"

const maxProgram = 512 << 20

var providerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$`)

// catalogue is a directory of programs, pinned by the digests that were in its
// manifest when the host started.
type catalogue struct {
	dir  string
	sums map[string][]byte // by name
}

func readCatalogue(dir string) (*catalogue, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, kyc.Wrap(kyc.Invalid, err, "provider catalogue")
	}
	if err := programs.Owned(abs, fs.ModeDir); err != nil {
		return nil, kyc.Wrap(kyc.Invalid, err, "provider catalogue")
	}
	path := filepath.Join(abs, manifest)
	if err := programs.Owned(path, 0); err != nil {
		return nil, kyc.Wrap(kyc.Invalid, err, "provider catalogue")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, kyc.Wrap(kyc.Invalid, err, "provider catalogue")
	}
	sums, err := readSums(b)
	return &catalogue{dir: abs, sums: sums}, err
}

// readSums reads a manifest, in the format of sha256sum.
func readSums(manifestText []byte) (map[string][]byte, error) {
	sums := map[string][]byte{}
	lines := bufio.NewScanner(bytes.NewReader(manifestText))
	for lines.Scan() {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		name = strings.TrimPrefix(name, "./")
		digest, err := hex.DecodeString(sum)
		if !ok || err != nil || len(digest) != sha256.Size || !providerName.MatchString(name) || sums[name] != nil {
			return nil, kyc.E(kyc.Invalid, "provider catalogue: a line of %s is not a digest and a provider's name", manifest)
		}
		sums[name] = digest
	}
	return sums, kyc.Wrap(kyc.Invalid, lines.Err(), "provider catalogue")
}

// open opens a program and checks that it is the pinned one. What is executed
// must be this descriptor, never the path again.
func (c *catalogue) open(name string) (*os.File, error) {
	want := c.sums[name]
	if want == nil {
		return nil, refuse("not in the catalogue")
	}
	if err := programs.Owned(c.dir, fs.ModeDir); err != nil {
		return nil, refuse("catalogue: %v", err)
	}
	f, err := os.OpenFile(filepath.Join(c.dir, name), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, refuse("program cannot be opened: %v", err)
	}
	if err := checkProgram(f, want); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// launcher has what starting a version of a provider takes.
func (h *Host) launcher(name, version string, lines *logRing) launcher {
	log := h.config.Log.With("provider", name)
	open := func() (*os.File, error) { return h.catalogue.open(name) }
	if version != "" {
		log = log.With("version", version)
		open = func() (*os.File, error) { return openVersion(h.config.Versions, name, version) }
	}
	return launcher{name: name, version: version, open: open, config: h.config.Settings[name],
		sockets: h.sockets, timing: h.timing, memory: memoryOr(h.config.Memory), log: log, lines: lines, clock: h.config.Clock}
}

// openVersion is open for a program that others keep.
func openVersion(versions Versions, name, version string) (*os.File, error) {
	if versions == nil {
		return nil, refuse("there are no versions but the shipped one")
	}
	f, err := openChecked(func() (*os.File, []byte, error) { return versions.Program(name, version) })
	if kyc.CodeOf(err) == kyc.NotFound {
		return nil, kyc.E(kyc.Unavailable, "there is no such version here")
	}
	return f, err
}

// openChecked opens a program that others keep, and checks it as open does.
func openChecked(program func() (*os.File, []byte, error)) (*os.File, error) {
	f, want, err := program()
	if kyc.CodeOf(err) == kyc.NotFound {
		return nil, err
	}
	if err != nil {
		return nil, refuse("program cannot be opened: %v", err)
	}
	err = checkProgram(f, want)
	if err == nil && filepath.IsAbs(f.Name()) {
		if err = programs.Owned(filepath.Dir(f.Name()), fs.ModeDir); err != nil {
			err = refuse("folder of the program: %v", err)
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func checkProgram(f *os.File, want []byte) error {
	info, err := f.Stat()
	if err != nil {
		return refuse("program: %v", err)
	}
	if err := programs.OwnedInfo(info, 0); err != nil {
		return refuse("program: %v", err)
	}
	if info.Mode()&0o100 == 0 || info.Size() > maxProgram {
		return refuse("program is not executable or too large")
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(f, maxProgram)); err != nil {
		return refuse("program cannot be read: %v", err)
	}
	if subtle.ConstantTimeCompare(h.Sum(nil), want) != 1 {
		return refuse("digest: the program is not the one in the catalogue")
	}
	return nil
}

// refusal is a failure that trying again cannot mend.
type refusal struct{ reason string }

func (r *refusal) Error() string { return r.reason }

// errUnconfigured says that a provider is there but has nothing to work with,
// which is no failure: not every installation uses every provider.
var errUnconfigured = refuse("it needs a configuration and has none")

func refuse(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }
