package scaffold

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWhatIsMadePassesAtOnce makes every kind outside of this repository and
// runs its own tests, without a network.
func TestWhatIsMadePassesAtOnce(t *testing.T) {
	sdk := "../../.."
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "my-"+kind)
			if err := New(Plan{Name: "my-" + kind, Kind: kind, Dir: dir, SDK: sdk}); err != nil {
				t.Fatal(err)
			}
			unformatted, err := exec.Command("gofmt", "-l", dir).CombinedOutput() //nolint:gosec // a folder of the test
			if err != nil || len(unformatted) > 0 {
				t.Errorf("gofmt: %v\n%s", err, unformatted)
			}
			cmd := exec.Command("make", "test")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			if err := New(Plan{Name: "my-" + kind, Kind: kind, Dir: dir, SDK: sdk}); err == nil {
				t.Error("it is made over what is there")
			}
		})
	}
}

// TestOnlyWhatIsNeeded: a provider's module names what the SDK is made of, and nothing that
// only the gateway is made of.
func TestOnlyWhatIsNeeded(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}",
		module+"/plugins/sdk", module+"/plugins/sdk/number", module+"/plugins/sdk/plugintest", module+"/plugins/sdk/conformance").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(slices.Compact(slices.Sorted(strings.FieldsSeq(string(out)))), func(path string) bool { return path == module })
	if got := needed(); !slices.Equal(got, want) {
		t.Errorf("the list is\n%s\nand must be\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	p := Plan{Name: "brazil", Kind: "market", SDK: "../../.."}
	if err := p.fill(); err != nil {
		t.Fatal(err)
	}
	mod, sums, err := p.dependencies()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(mod, "// indirect"); n != len(want) || strings.Contains(mod+sums, "fiber") || strings.Count(sums, "\n") < len(want) {
		t.Errorf("%d modules:\n%s%s", n, mod, sums)
	}
}

func TestPlansAreChecked(t *testing.T) {
	good := Plan{Name: "brazil", Kind: "market", SDK: "../../.."}
	for what, spoil := range map[string]func(*Plan){
		"no name":         func(p *Plan) { p.Name = "" },
		"capitals":        func(p *Plan) { p.Name = "Brazil" },
		"path":            func(p *Plan) { p.Name = "../x" },
		"reserved":        func(p *Plan) { p.Name = "mail" },
		"long":            func(p *Plan) { p.Name = strings.Repeat("a", 41) },
		"unknown kind":    func(p *Plan) { p.Kind = "oracle" },
		"quoted title":    func(p *Plan) { p.Title = `a"b` },
		"module of ours":  func(p *Plan) { p.Module = module + "/x" },
		"odd module":      func(p *Plan) { p.Module = "a b" },
		"no SDK":          func(p *Plan) { p.SDK = "" },
		"SDK that is not": func(p *Plan) { p.SDK = t.TempDir() },
	} {
		p := good
		p.Dir = filepath.Join(t.TempDir(), "x")
		if spoil(&p); New(p) == nil {
			t.Errorf("%s is accepted", what)
		}
		if _, err := os.Stat(p.Dir); err == nil {
			t.Errorf("%s leaves a folder behind", what)
		}
	}
}

func TestTheSDKIsFound(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if got := FindSDK(t.TempDir(), here); got != filepath.Dir(filepath.Dir(filepath.Dir(here))) {
		t.Errorf("found %q", got)
	}
	if got := FindSDK("/"); got != "" {
		t.Errorf("found %q", got)
	}
}
