package host_test

import (
	"regexp"
	"strings"
	"testing"
)

// Every line is a comment or a sample, and no sample is there twice.
func TestMetrics(t *testing.T) {
	h, _ := start(t, "rogue", "atlantis")
	for range 3 {
		_, _ = ask(h, "")
	}
	_, _ = ask(h, "error")
	var out strings.Builder
	if err := h.WriteMetrics(&out); err != nil {
		t.Fatal(err)
	}
	sample := regexp.MustCompile(`^(paifang_provider_[a-z_]+\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\}) [0-9.e+-]+$`)
	seen := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "# HELP ") || strings.HasPrefix(line, "# TYPE ") {
			continue
		}
		found := sample.FindStringSubmatch(line)
		if found == nil || seen[found[1]] {
			t.Errorf("%q", line)
			continue
		}
		seen[found[1]] = true
	}
	labels := `{provider="rogue",version="0.1.0",role="current"`
	for _, want := range []string{"calls_total" + labels + "} 4", "faults_total" + labels + "} 1", "ready" + labels + "} 1",
		"state" + labels + `,state="ready"} 1`, "call_seconds_count" + labels + "} 4", "call_seconds_bucket" + labels + `,le="+Inf"} 4`} {
		if !strings.Contains(out.String(), "\npaifang_provider_"+want+"\n") {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
}
