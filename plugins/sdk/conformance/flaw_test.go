package conformance

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

// rogue builds the market with a flaw once; a flaw is a link to it.
func rogue(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "good"), "./testdata/rogue").CombinedOutput() //nolint:gosec // our own program
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// flaws are what the market can have: the cases that judge it, and those that must fail.
func flaws() map[string][]string {
	return map[string][]string{
		"good":            {"start.,describe.,flow.,catalogue.,config.,health.,market.,text.,answer.,drain.,streams."},
		"noisy":           {"start.", "start.handshake"},
		"wild":            {"start.by-hand,start.socket", "start.by-hand"},
		"undying":         {"start.term,start.socket", "start.term"},
		"single":          {"start.beside,describe.", "start.beside", "describe.constant"},
		"moody":           {"start.beside,start.anew,describe.", "start.beside", "start.anew", "describe.constant"},
		"credulous":       {"config.", "config.broken"},
		"parrot":          {"config.secrets", "config.secrets"},
		"obedient":        {"config.", "config.trying"},
		"lax":             {"config.", "config.tenant"},
		"sullen":          {"health.", "health.reason"},
		"any-step":        {"market.", "market.unknown-step"},
		"any-market":      {"market.", "market.unknown-market"},
		"curious":         {"market.,answer.", "market.unknown-field", "answer.paths"},
		"stateful":        {"market.same,market.order,market.parallel", "market.same", "market.order", "market.parallel"},
		"local":           {"market.,answer.", "market.elsewhere"},
		"polyglot":        {"market.,answer.", "market.locale"},
		"hangs":           {"market.", "market.hurried"},
		"unbounded":       {"market.", "market.oversized"},
		"guesses":         {"market.", "market.config"},
		"panics":          {"text.,streams.", "text.rare"},
		"mortal":          {"text.", "text.controls"},
		"slow":            {"text.digits,text.dots", "text.digits"},
		"stray-path":      {"text.,answer.", "answer.paths"},
		"made-up-code":    {"text.,answer.", "answer.codes"},
		"undeclared-code": {"text.,answer.", "answer.codes"},
		"telltale":        {"text.,answer.", "answer.params"},
		"generous":        {"text.,answer.", "answer.tiers"},
		"demanding":       {"text.,answer.", "answer.tiers"},
		"vague-identity":  {"market.same,answer.", "answer.identities"},
		"hasty":           {"text.,answer.", "answer.refused"},
		"untidy":          {"text.,answer.", "answer.derived"},
		"undrained":       {"drain.", "drain.refuses"},
		"prints":          {"text.name,streams.", "streams.stdout"},
		"other":           {"start.,describe.,config.,health.,messenger.,verifier.,drain.,streams."},
		"other-silent":    {"messenger.", "messenger.channels"},
		"other-faulty":    {"messenger.", "messenger.refuses"},
		"other-twice":     {"messenger.", "messenger.once"},
		"other-trusting":  {"messenger.", "messenger.reports"},
		"other-agreeable": {"verifier.", "verifier.unknown", "verifier.nothing"},
		"other-curt":      {"verifier.", "verifier.reasons"},
		"other-fickle":    {"verifier.", "verifier.same"},
		"gossips":         {"text.name,streams.", "streams.private"},
		"unwelcome":       {"describe.", "describe.host"},
		"forward":         {"config.", "config.first"},
		"speechless":      {"config.", "config.none"},
		"tires":           {"health.", "health.prompt"},
		"locked":          {"health.parallel", "health.parallel"},
		"punctual":        {"market.", "market.no-time"},
		"needy":           {"market.nothing", "market.nothing"},
		"counts-rows":     {"market.", "market.rows"},
		"lengthy":         {"text.name,answer.", "answer.bounds"},
		"cuts-off":        {"drain.", "drain.waits"},
		"drained-once":    {"drain.", "drain.again"},
		"other-unbounded": {"messenger.", "messenger.oversized"},
		"other-idle":      {"verifier.capabilities", "verifier.capabilities"},
		"other-headless":  {"verifier.", "verifier.header"},
		"other-credulous": {"verifier.", "verifier.files"},
	}
}

// choosy is a host that does not take everybody.
func choosy(d *wirev1.DescribeResponse) error {
	if d.Version == "6.6.6" {
		return errors.New("not that one")
	}
	return nil
}

// TestEveryFlawIsFound proves that the cases can fail, and that it is the right
// one that does: each flaw is judged by all cases of the named groups.
func TestEveryFlawIsFound(t *testing.T) {
	dir := rogue(t)
	for flaw, want := range flaws() {
		t.Run(flaw, func(t *testing.T) {
			program := filepath.Join(dir, flaw)
			if flaw != "good" {
				if err := os.Link(filepath.Join(dir, "good"), program); err != nil {
					t.Fatal(err)
				}
			}
			t.Parallel()
			patience := 5.0
			if slices.Contains([]string{"slow", "wild", "undying", "tires", "locked"}, flaw) {
				patience = 1 // or they would use up all of it
			}
			report := Run(t.Context(), Options{Program: program, Only: want[0], Patience: patience,
				Recipients: map[string]string{"email": "ana@example.org"}, Judge: choosy})
			if got := report.Failed(); !slices.Equal(got, want[1:]) {
				t.Errorf("failed: %v, want %v", got, want[1:])
				report.Text(t.Output())
			}
			for _, r := range report.Results {
				if r.Status == Failed && (r.Advice == "" || len(r.Seen) == 0) {
					t.Errorf("%s does not say what was seen and what to do", r.ID)
				}
			}
		})
	}
}
