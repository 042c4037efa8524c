package main

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/paifang/paifang/plugins/sdk"
)

const capability = "registry.resident_id"

type registry struct{}

func (registry) Describe() sdk.Description {
	return sdk.Description{ID: "sandboxregistry", Version: "1.0.0", Capabilities: []string{capability}}
}

// answer is one row of the table in the package comment.
type answer struct {
	result sdk.Result
	code   string // "" for a match
	field  string // that the code is about
}

func bySequence(digits string) (answer, bool) {
	a, ok := map[string]answer{
		"991": {sdk.Fail, "registry.mismatch_name", "name"},
		"992": {sdk.Refer, "registry.no_record", "number"},
		"993": {sdk.Unavailable, "registry.unavailable", "number"},
		"994": {sdk.Unavailable, "registry.quota", "number"},
		"995": {sdk.Refer, "registry.number_range_unsupported", "number"},
		"996": {sdk.Fail, "registry.mismatch_id", "number"},
	}[digits]
	return a, ok
}

func byName(name string) (answer, bool) {
	switch {
	case strings.Contains(name, "不符"):
		return answer{sdk.Fail, "registry.mismatch_name", "name"}, true
	case strings.Contains(name, "查无"):
		return answer{sdk.Refer, "registry.no_record", "number"}, true
	case strings.Contains(name, "暂停"):
		return answer{sdk.Unavailable, "registry.unavailable", "number"}, true
	}
	return answer{}, false
}

var residentID = regexp.MustCompile(`^[1-9][0-9]{16}[0-9X]$`)

// Verify looks nothing up: see the table.
func (registry) Verify(_ context.Context, v *sdk.Verification) (*sdk.Verdict, error) {
	if _, _, err := v.NextFile(); !errors.Is(err, io.EOF) {
		return verdict(answer{sdk.Unavailable, "registry.unavailable", "number"}), nil // takes no files
	}
	return verdict(look(v.Capability, v.Fields["name"], v.Fields["number"])), nil
}

func look(asked, name, number string) answer {
	if asked != capability {
		return answer{sdk.Unavailable, "registry.unavailable", "number"}
	}
	if strings.TrimSpace(name) == "" || number == "" {
		return answer{sdk.Refer, "data.incomplete", "number"}
	}
	if !residentID.MatchString(number) {
		return answer{sdk.Refer, "registry.no_record", "number"}
	}
	if a, ok := bySequence(number[14:17]); ok {
		return a
	}
	if a, ok := byName(name); ok {
		return a
	}
	return answer{result: sdk.Pass}
}

func verdict(a answer) *sdk.Verdict {
	v := &sdk.Verdict{Result: a.result, Source: "sandbox registry",
		Evidence: map[string]string{"sandbox": "true", "answer": "match"}}
	if a.code != "" {
		v.Evidence["answer"] = strings.TrimPrefix(a.code, "registry.")
		v.Reasons = []sdk.Reason{{Code: a.code, Subject: sdk.Subject{Kind: "field", Ref: a.field}}}
	}
	return v
}
