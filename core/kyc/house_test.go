package kyc_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/paifang/paifang"

// ban says which of our packages may not come to depend on something. Direct
// bans look at a package's own imports, the others at everything below it.
type ban struct {
	who    []string // "core/...", "portal"; our packages that are meant
	except []string
	what   []string // packages, "/..." for everything below
	direct bool
	why    string
}

var bans = []ban{
	{
		who: all("core"), what: ours("portal", "plugins/host", "cmd"),
		why: "the core is the same behind every door and whatever launches the providers",
	},
	{
		who: all("core", "portal", "locales", "policies"), what: under("github.com/hashicorp/go-plugin"),
		why: "processes are the host's business; everybody else sees a market, a messenger, a verifier",
	},
	{
		who: all("plugins/sdk"), what: ours("core", "portal", "locales", "policies", "cmd", "plugins/host"),
		why: "a provider author links the SDK and nothing of ours: 13 MB a provider instead of 34 MB",
	},
	{
		who: all("plugins"), except: all("plugins/host", "plugins/sdk", "plugins/catalogue"),
		what: ours("core", "portal", "locales", "policies", "cmd", "plugins/host"),
		why:  "a provider is a stranger's program: what ours may not reach, theirs need not",
	},
	{
		who: all("plugins/catalogue"), what: ours("portal", "locales", "policies", "cmd", "plugins/host", "core/rollout", "core/store", "core/pipeline", "core/audit"),
		why: "it is files: which of them runs, and how, is decided elsewhere",
	},
	{
		who: []string{module + "/core/kyc"}, what: []string{"*outside the standard library*"},
		why: "the vocabulary is pure, so that anybody can depend on it",
	},
	{
		who: all("core", "locales", "policies", "plugins"), except: all("core/api"), direct: true,
		what: under("github.com/gofiber/fiber", "github.com/valyala/fasthttp", "github.com/danielgtaylor/huma"),
		why:  "the web stays at the doors; its strings are reused after the request",
	},
	{
		who: all("core", "locales", "policies", "plugins", "portal"), except: all("core/store", "core/outbox"), direct: true,
		what: under("github.com/jmoiron/sqlx", "github.com/jackc/pgx", "github.com/mattn/go-sqlite3", "github.com/pressly/goose"),
		why:  "SQL stays in the store, so that both databases pass the same suite; the queue shares its transactions",
	},
	{
		// kyc's lists implement driver.Valuer (database/sql/driver), which is no SQL.
		who: all("core", "locales", "policies", "plugins", "portal"), except: all("core/store", "core/outbox"), direct: true,
		what: []string{"database/sql"},
		why:  "SQL stays in the store",
	},
	{
		who: all(""), except: all("core/outbox", "core/store", "cmd"), direct: true,
		what: under("github.com/riverqueue/river"),
		why:  "the job queue is young on SQLite and must be replaceable behind one interface",
	},
	{
		who: all(""), except: all("core/trace", "cmd"), direct: true,
		what: under("go.opentelemetry.io"),
		why:  "a span says only what core/trace lets it say: ids and words, nothing personal",
	},
	{
		who: all("portal"), what: ours("core/store"), direct: true,
		why: "doors call the domain, never the tables",
	},
	{
		who: all("locales", "policies"), what: ours("portal", "plugins", "core/store", "core/api", "core/pipeline"),
		why: "what is below everybody must not look up",
	},
}

// layers names packages by what they are made of instead of what they mean.
var layers = []string{"util", "utils", "common", "service", "services", "models", "model", "dto", "helpers", "repository"}

// TestHouse guards the table of docs/architecture.md.
func TestHouse(t *testing.T) {
	packages := list(t)
	for _, p := range packages {
		if !strings.HasPrefix(p.ImportPath, module) {
			continue
		}
		for _, layer := range layers {
			if path.Base(p.ImportPath) == layer {
				t.Errorf("%s is named for its layer; name it for its words", p.ImportPath)
			}
		}
		for _, b := range bans {
			b.check(t, p, packages)
		}
	}
}

// TestHouseNoticesAnOffender proves that the guard can fail.
func TestHouseNoticesAnOffender(t *testing.T) {
	offender := pkg{ImportPath: module + "/core/offender", Imports: []string{module + "/plugins/host"}}
	if len(bans[0].offences(offender, nil)) == 0 {
		t.Error("core may import the host")
	}
	impure := pkg{ImportPath: module + "/core/kyc", Deps: []string{"github.com/google/uuid"}}
	if len(bans[5].offences(impure, nil)) == 0 {
		t.Error("kyc may import anything")
	}
}

type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

func (b ban) check(t *testing.T, p pkg, packages map[string]pkg) {
	t.Helper()
	for _, banned := range b.offences(p, packages) {
		t.Errorf("%s depends on %s: %s", p.ImportPath, banned, b.why)
	}
}

func (b ban) offences(p pkg, packages map[string]pkg) []string {
	if !match(b.who, p.ImportPath) || match(b.except, p.ImportPath) {
		return nil
	}
	used := p.Imports
	if !b.direct {
		used = append(append([]string{}, p.Imports...), p.Deps...)
	}
	var out []string
	for _, dependency := range used {
		foreign := b.what[0] == "*outside the standard library*" &&
			!packages[dependency].Standard && dependency != p.ImportPath
		if foreign || match(b.what, dependency) {
			out = append(out, dependency)
		}
	}
	return out
}

// match also accepts major versions: a ban of example.com/x covers example.com/x/v2.
func match(patterns []string, name string) bool {
	for _, pattern := range patterns {
		prefix, tree := strings.CutSuffix(pattern, "/...")
		if name == prefix || tree && strings.HasPrefix(name, prefix+"/") {
			return true
		}
	}
	return false
}

func all(folders ...string) []string {
	var out []string
	for _, folder := range folders {
		out = append(out, strings.TrimSuffix(module+"/"+folder, "/")+"/...")
	}
	return out
}

func ours(folders ...string) []string { return all(folders...) }

func under(modules ...string) []string {
	var out []string
	for _, m := range modules {
		out = append(out, m+"/...")
	}
	return out
}

// list asks the go command for every package of ours and all that they need.
func list(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Standard,Imports,Deps", module+"/...")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("the go command is not here: %v", err)
	}
	packages := map[string]pkg{}
	for d := json.NewDecoder(stdout); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return packages
}
