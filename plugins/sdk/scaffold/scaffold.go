// Package scaffold makes the beginning of a provider: a Go module of its own,
// outside this repository, whose tests and conformance suite pass at once.
package scaffold

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

//go:embed all:template
var templates embed.FS

// module is what the SDK is part of.
const module = "github.com/paifang/paifang"

// Plan says what is made. Name, Kind and Dir are required.
type Plan struct {
	Name    string // id of the provider and name of its program
	Kind    string // one of Kinds
	Title   string // what people call it; "": the name
	Dir     string // the folder that is made; it must not exist or be empty
	Module  string // path of the Go module; "": example.com/<name>
	SDK     string // a checkout of Paifang, for the SDK is not published yet; "": see FindSDK
	Program string // how the Makefile calls paifang; "": paifang
}

// Kinds are the kinds of providers that can be made.
func Kinds() []string { return []string{"market", "messenger", "verifier"} }

var (
	slug       = regexp.MustCompile(`^[a-z][a-z0-9-]{0,38}[a-z0-9]$`)
	modulePath = regexp.MustCompile(`^[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*$`)
)

// New makes the module. It writes into no folder that has anything in it.
func New(p Plan) error {
	if err := p.fill(); err != nil {
		return err
	}
	mod, sums, err := p.dependencies()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.Dir, 0o755); err != nil { //nolint:gosec // source, for whoever works on it
		return err
	}
	there, err := os.ReadDir(p.Dir)
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return fmt.Errorf("%s is not empty: name a folder that is not there yet", p.Dir)
	}
	for _, part := range []string{"all", p.Kind} {
		if err := p.copy(part); err != nil {
			return err
		}
	}
	return errors.Join(p.write("go.mod", mod), p.write("go.sum", sums))
}

// fill checks the plan and fills in what is left out.
func (p *Plan) fill() error {
	if !slug.MatchString(p.Name) || strings.Contains(p.Name, "--") {
		return fmt.Errorf("%q is no name for a provider: 2 to 40 of a-z, 0-9 and inner hyphens, beginning with a letter", p.Name)
	}
	if slices.Contains([]string{"admin", "apply", "audit", "dev", "error", "field", "mail", "problem", "provider", "reason", "sms", "state"}, p.Name) {
		return fmt.Errorf("%q is a group of Paifang's own messages: choose another name", p.Name)
	}
	if !slices.Contains(Kinds(), p.Kind) {
		return fmt.Errorf("there is no kind %q, only %s", p.Kind, strings.Join(Kinds(), ", "))
	}
	if p.Title == "" {
		p.Title = strings.ToUpper(p.Name[:1]) + strings.ReplaceAll(p.Name[1:], "-", " ")
	}
	if strings.ContainsAny(p.Title, "\"\\<>\r\n{}") {
		return errors.New("a title is plain text without quotes and brackets")
	}
	if p.Module == "" {
		p.Module = "example.com/" + p.Name
	}
	if !modulePath.MatchString(p.Module) || p.Module == module || strings.HasPrefix(p.Module, module+"/") {
		return fmt.Errorf("%q is no path for a module of your own, like example.com/%s", p.Module, p.Name)
	}
	if p.Program == "" {
		p.Program = "paifang"
	}
	return nil
}

// needed are the modules that the SDK, its tests' helper and the suite are made of, of all
// that Paifang is made of. TestOnlyWhatIsNeeded keeps the list true.
func needed() []string {
	return []string{
		"github.com/BurntSushi/toml", "github.com/fatih/color", "github.com/golang/protobuf", "github.com/hashicorp/go-hclog",
		"github.com/hashicorp/go-plugin", "github.com/hashicorp/yamux", "github.com/mattn/go-colorable", "github.com/mattn/go-isatty",
		"github.com/oklog/run", "github.com/santhosh-tekuri/jsonschema/v6", "go.yaml.in/yaml/v3", "golang.org/x/net", "golang.org/x/sys",
		"golang.org/x/text", "google.golang.org/genproto/googleapis/rpc", "google.golang.org/grpc", "google.golang.org/protobuf",
	}
}

// dependencies makes go.mod and go.sum of the SDK's own, so that nothing has to
// be looked up: what the SDK's machine can build, this module can. Of both it takes
// what is needed.
func (p *Plan) dependencies() (mod, sums string, err error) {
	if p.SDK == "" {
		return "", "", errors.New("no checkout of Paifang was found: name one with --sdk")
	}
	dir, err := filepath.Abs(p.SDK)
	if err != nil {
		return "", "", err
	}
	raw, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil || !ours(raw) {
		return "", "", fmt.Errorf("%s is no checkout of Paifang: its go.mod does not say so", p.SDK)
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		return "", "", err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "module %s\n", p.Module)
	var requirements []string
	inside := false
	for line := range strings.Lines(string(raw)) {
		switch trimmed := strings.TrimSpace(line); {
		case strings.HasPrefix(trimmed, "go ") || strings.HasPrefix(trimmed, "toolchain "):
			fmt.Fprintf(&out, "\n%s\n", trimmed)
		case trimmed == "require (":
			inside = true
		case trimmed == ")":
			inside = false
		case inside && isNeeded(trimmed):
			requirement, _, _ := strings.Cut(trimmed, " //")
			requirements = append(requirements, requirement)
		}
	}
	slices.Sort(requirements)
	fmt.Fprintf(&out, "\nrequire %s v0.0.0\n\nrequire (\n\t%s // indirect\n)\n", module, strings.Join(requirements, " // indirect\n\t"))
	fmt.Fprintf(&out, "\n// The SDK is not published yet: this is the checkout that was here when the module was made.\nreplace %s => %s\n", module, dir)
	return out.String(), onlyNeeded(string(sum)), nil
}

// isNeeded tells whether a line that begins with a module is about one that is needed.
func isNeeded(line string) bool {
	name, _, _ := strings.Cut(line, " ")
	return slices.Contains(needed(), name)
}

func onlyNeeded(sum string) string {
	var out strings.Builder
	for line := range strings.Lines(sum) {
		if isNeeded(line) {
			out.WriteString(line)
		}
	}
	return out.String()
}

func ours(mod []byte) bool { return strings.HasPrefix(string(mod), "module "+module+"\n") }

// copy writes one part of the templates.
func (p *Plan) copy(part string) error {
	root := "template/" + part
	return fs.WalkDir(templates, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := templates.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimSuffix(strings.TrimPrefix(name, root+"/"), ".txt")
		if name == "gitignore" {
			name = ".gitignore"
		}
		return p.write(name, p.fit(string(raw)))
	})
}

// fit puts the plan's words into a template.
func (p *Plan) fit(text string) string {
	flags := " --config config.json"
	if p.Kind == "market" {
		flags = " --vectors vectors"
	}
	return strings.NewReplacer("__NAME__", p.Name, "__TITLE__", p.Title, "__PAIFANG__", p.Program, "__FLAGS__", flags).Replace(text)
}

func (p *Plan) write(name, text string) error {
	path := filepath.Join(p.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // source
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // source
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// FindSDK looks for a checkout of Paifang in the folders and all above them; ""
// when there is none.
func FindSDK(folders ...string) string {
	for _, dir := range folders {
		for dir = filepath.Clean(dir); ; dir = filepath.Dir(dir) {
			if raw, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && ours(raw) {
				return dir
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return ""
}
