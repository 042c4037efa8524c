package kyc_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// documented reads the table of codes: group, codes, and the default letter
// behind a code or "(all X)" at the end of the line.
func documented(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/reasons.md")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	for _, line := range strings.Split(string(text), "\n")[2:] {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		group := strings.Fields(cells[1])[0]
		letter := ""
		if m := regexp.MustCompile(`\(all ([RVFS])\)`).FindStringSubmatch(cells[2]); m != nil {
			letter = m[1]
			cells[2] = strings.ReplaceAll(cells[2], m[0], "")
		}
		for _, item := range strings.Split(regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(cells[2], ""), ",") {
			words := strings.Fields(item)
			code := group + "." + words[0]
			codes[code] = letter
			if len(words) > 1 {
				codes[code] = words[1]
			}
		}
	}
	return codes
}

func TestReasonsAreTheDocumentedOnes(t *testing.T) {
	letters := map[string]kyc.Disposition{"R": kyc.Retry, "V": kyc.Review, "F": kyc.Final, "S": kyc.System}
	want := documented(t)
	if len(want) < 70 {
		t.Fatalf("only %d codes read from the table", len(want))
	}
	for code, letter := range want {
		disposition, audience, known := kyc.ReasonDefault(code)
		if !known || disposition != letters[letter] {
			t.Errorf("%s: %q, known %t; documented %q", code, disposition, known, letter)
		}
		if (audience == kyc.Private) != strings.HasPrefix(code, "risk.") {
			t.Errorf("%s: audience %s", code, audience)
		}
	}
	for _, code := range kyc.ReasonCodes() {
		if _, ok := want[code]; !ok {
			t.Errorf("%s is not documented", code)
		}
	}
	if len(kyc.ReasonCodes()) != len(want) {
		t.Errorf("%d codes, %d documented", len(kyc.ReasonCodes()), len(want))
	}
}

func TestNewReason(t *testing.T) {
	source := kyc.Source{Kind: "automatic", Name: "expiry"}
	for code, remedy := range map[string]string{
		"document.expired":        "reason.document.expired.remedy",
		"policy.duplicate_person": "reason.generic.remedy",
		"risk.forgery":            "",
		"x.acme.moon":             "",
	} {
		r := kyc.NewReason(code, kyc.Subject{Kind: "document"}, source, nil)
		if r.Remedy != remedy || r.Code != code || r.Source != source {
			t.Errorf("%s: %+v", code, r)
		}
	}
	r := kyc.NewReason("nonsense", kyc.Subject{}, source, nil)
	if r.Disposition != kyc.Review || r.Audience != kyc.Private {
		t.Errorf("an unknown code is for a person and for nobody else: %+v", r)
	}
	for _, code := range kyc.ReasonCodes() {
		r := kyc.NewReason(code, kyc.Subject{}, source, nil)
		if r.Disposition == kyc.Retry && r.Remedy == "" {
			t.Errorf("%s can be mended, but nobody says how", code)
		}
	}
	if !slices.Contains(kyc.ReasonCodes(), "image.blur") {
		t.Error("image.blur is gone")
	}
}
