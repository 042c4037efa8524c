package host_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/sdk/conformance"
)

// The suite cannot import the core, so it has the vocabulary of reasons again.
func TestTheSuiteKnowsTheVocabulary(t *testing.T) {
	var theirs []string
	for group, codes := range conformance.Vocabulary() {
		for _, code := range strings.Fields(codes) {
			theirs = append(theirs, group+"."+code)
		}
	}
	ours := kyc.ReasonCodes()
	slices.Sort(ours)
	slices.Sort(theirs)
	if !slices.Equal(ours, theirs) {
		t.Errorf("the suite has %v, the core %v", theirs, ours)
	}
}
