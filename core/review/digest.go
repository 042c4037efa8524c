package review

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
	"strconv"
	"strings"

	"github.com/paifang/paifang/core/kyc"
)

// digest names everything a decision about an application rests on: the
// answers, the current files and the checks. It is made of what is stored (ids,
// sealed columns, keyed digests), never of anything in clear, and changes
// whenever one of them does.
func digest(app kyc.Application, steps []kyc.StepRecord, files []kyc.File, checks []kyc.Check, about kyc.Recovery) string {
	h := sha256.New()
	put(h, "paifang evidence v1", string(app.Tenant), string(app.ID), app.Provider)
	if app.Market == kyc.RecoveryMarket {
		put(h, "recovery", string(about.Account), about.Number, strconv.FormatInt(int64(about.Stopped), 10))
	}
	steps, files, checks = slices.Clone(steps), slices.Clone(files), slices.Clone(checks)
	slices.SortFunc(steps, func(a, b kyc.StepRecord) int { return strings.Compare(string(a.Step), string(b.Step)) })
	slices.SortFunc(files, func(a, b kyc.File) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(checks, func(a, b kyc.Check) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for _, s := range steps {
		put(h, "step", string(s.Step), string(s.State), string(s.Values), string(s.Derived))
	}
	for _, f := range files {
		if f.State == kyc.FileCurrent {
			put(h, "file", string(f.ID), f.Requirement, f.Side, string(f.Digest))
		}
	}
	for _, c := range checks {
		put(h, "check", string(c.ID), c.Name, c.CheckVersion, string(c.Result), string(c.Inputs))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// put writes parts with their lengths, so that no two lists look alike.
func put(h hash.Hash, parts ...string) {
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		h.Write([]byte(p))
	}
}
