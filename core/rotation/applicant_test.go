package rotation_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rotation"
	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
	"github.com/paifang/paifang/core/vault"
)

// stored is a person with a step, a number and a file.
type stored struct {
	*house
	app    kyc.Application
	stream []byte
}

func (h *house) stored() *stored {
	p := &stored{house: h, app: storetest.Application("demo")}
	p.app.Applicant = "p0001"
	var out bytes.Buffer
	w, key, err := h.nodes[0].SealFile(h.t.Context(), "demo", "p0001", "f1-o", &out)
	ok(h.t, err)
	_, err = io.WriteString(w, "the picture")
	ok(h.t, err)
	ok(h.t, w.Close())
	p.stream = out.Bytes()
	file := kyc.File{Tenant: "demo", ID: "f1", Application: p.app.ID, Applicant: "p0001", Requirement: "passport", State: kyc.FileCurrent,
		Digest: storetest.Hash("f1"), Key: append(binary.AppendUvarint(nil, uint64(len(key))), key...), Created: storetest.Now}
	storetest.Commit(h.t, h.store, "demo", kyc.CreateApplication{Application: p.app}, kyc.SaveFile{File: file}, p.step(h.nodes[0], "draft"),
		kyc.SaveIdentifier{Identifier: kyc.Identifier{Tenant: "demo", ID: "i1", Applicant: "p0001", Application: p.app.ID, Step: "phone", Kind: "phone",
			Index: storetest.Hash("i1"), Sealed: p.seal(h.nodes[0], kyc.SealedIdentifier, "+491234"), State: kyc.Claimed, Updated: storetest.Now}})
	return p
}

func (p *stored) seal(node *vault.Vault, column, plain string) []byte {
	sealed, err := node.Seal(p.t.Context(), "demo", "p0001", column, []byte(plain))
	ok(p.t, err)
	return sealed
}

func (p *stored) step(node *vault.Vault, draft string) kyc.SaveStep {
	return kyc.SaveStep{StepRecord: kyc.StepRecord{Tenant: "demo", Application: p.app.ID, Step: "profile", State: kyc.StepTodo, Updated: storetest.Now,
		Values: p.seal(node, kyc.OfStep(kyc.SealedStepValues, "profile"), "values"), Draft: p.seal(node, kyc.OfStep(kyc.SealedStepDraft, "profile"), draft)}}
}

// reads wants all of it to open at a node.
func (p *stored) reads(name string, node *vault.Vault) {
	t, ctx := p.t, p.t.Context()
	t.Helper()
	steps, err := p.store.Steps(ctx, "demo", p.app.ID)
	ok(t, err)
	ids, err := p.store.Identifiers(ctx, "demo", p.app.ID)
	ok(t, err)
	for want, at := range map[string]struct {
		column string
		sealed []byte
	}{
		"values":  {kyc.OfStep(kyc.SealedStepValues, "profile"), steps[0].Values},
		"draft":   {kyc.OfStep(kyc.SealedStepDraft, "profile"), steps[0].Draft},
		"+491234": {kyc.SealedIdentifier, ids[0].Sealed},
	} {
		if got, err := node.Unseal(ctx, "demo", "p0001", at.column, at.sealed); err != nil || string(got) != want {
			t.Errorf("%s: %s is %q, %v", name, at.column, got, err)
		}
	}
	if got, err := p.picture(node); err != nil || got != "the picture" {
		t.Errorf("%s: the picture is %q, %v", name, got, err)
	}
}

func (p *stored) picture(node *vault.Vault) (string, error) {
	file, err := p.store.File(p.t.Context(), "demo", "f1")
	ok(p.t, err)
	n, head := binary.Uvarint(file.Key)
	r, err := node.UnsealFile(p.t.Context(), "demo", "p0001", "f1-o", file.Key[head:][:n], bytes.NewReader(p.stream))
	if err != nil {
		return "", err
	}
	got, err := io.ReadAll(r)
	return string(got), err
}

// TestApplicantKeyIsRotated: killed after each transaction and begun again, while
// another node, which knows the older key alone, reads and writes. Afterwards who knows
// the older key opens nothing of what is stored.
func TestApplicantKeyIsRotated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		p := h.stored()
		p.reads("before", h.nodes[1])
		before, err := s.ApplicantKey(t.Context(), "demo", "p0001")
		ok(t, err)
		known, err := h.node().PersonKeys(t.Context(), "demo", "p0001", before) // by whoever stole it
		ok(t, err)
		if deaths := h.until(1, func() error { return h.RotateApplicant(t.Context(), "demo", "p0001") }); deaths < 2 {
			t.Errorf("the rotation was cut off %d times", deaths)
		}
		p.reads("the other node", h.nodes[1])
		storetest.Commit(t, s, "demo", p.step(h.node(), "draft"))
		p.reads("the other node, of what is new", h.nodes[1])
		retire := func() error { return h.RetireApplicant(t.Context(), "demo", "p0001") }
		if err := retire(); kyc.CodeOf(err) != kyc.Conflict {
			t.Errorf("retired at once: %v", err)
		}
		h.pass(rotation.Rest)
		stale := kyc.Change{kyc.ReplaceSealed{Tenant: "demo", Cell: p.cell("steps.values_sealed"), Sealed: p.older(known)}}
		storetest.Commit(t, s, "demo", stale...) // by a request that was very slow
		if err := retire(); kyc.CodeOf(err) != kyc.Conflict || !strings.Contains(err.Error(), "1 values") {
			t.Errorf("the key is destroyed while something is sealed by it: %v", err)
		}
		h.pass(rotation.Rest)
		h.until(0, retire)
		ok(t, retire()) // once more does nothing
		p.reads("the other node", h.nodes[1])
		p.reads("a new node", h.node())
		delete(h.sealed, "p0001") // in no column, so it could not be sealed anew
		h.readable("others", h.node())
		cells, err := s.PersonCells(t.Context(), "demo", "p0001")
		ok(t, err)
		if len(cells) != 4 {
			t.Errorf("%d cells", len(cells))
		}
		for _, c := range cells {
			if _, _, err := known.Reseal(c); err == nil {
				t.Errorf("%s opens with the older key", c.Place)
			}
		}
	})
}

func (p *stored) cell(place string) kyc.SealedCell {
	cells, err := p.store.PersonCells(p.t.Context(), "demo", "p0001")
	ok(p.t, err)
	for _, c := range cells {
		if c.Place == place {
			return c
		}
	}
	p.t.Fatalf("no cell %s", place)
	return kyc.SealedCell{}
}

// older is the step's values sealed by the older key.
func (p *stored) older(known *vault.PersonKeys) []byte {
	sealed, err := known.Seal(kyc.OfStep(kyc.SealedStepValues, "profile"), []byte("values"))
	ok(p.t, err)
	return sealed
}

// TestTenantsOwnValuesAreSealedAnew: so that the older key of a tenant can go.
func TestTenantsOwnValuesAreSealedAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		h := newHouse(t, s)
		secret, err := h.nodes[0].SealTenant(t.Context(), "demo", "factors.secret/staff/lena/f1", []byte("JBSWY3DP"))
		ok(t, err)
		storetest.Commit(t, s, "demo", kyc.SaveFactor{Factor: kyc.Factor{Tenant: "demo", ID: "f1", Of: "staff", Subject: "lena", Kind: kyc.FactorTOTP, Sealed: secret, Created: storetest.Now}})
		h.until(1, func() error { return h.RotateTenant(t.Context(), "demo") })
		h.pass(rotation.Rest)
		ok(t, h.RetireTenant(t.Context(), "demo"))
		all, err := s.Factors(t.Context(), "demo", "staff", "lena")
		ok(t, err)
		for name, node := range map[string]*vault.Vault{"the other node": h.nodes[1], "a new node": h.node()} {
			if got, err := node.UnsealTenant(t.Context(), "demo", "factors.secret/staff/lena/f1", all[0].Sealed); err != nil || string(got) != "JBSWY3DP" {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		if bytes.Equal(all[0].Sealed, secret) {
			t.Error("the secret was not sealed anew")
		}
	})
}
