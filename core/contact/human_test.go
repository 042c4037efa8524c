package contact_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/contact"
	"github.com/paifang/paifang/core/contact/humantest"
	"github.com/paifang/paifang/core/kyc"
)

func solved(t testing.TB, h *contact.Human) (contact.Puzzle, string) {
	t.Helper()
	p, err := h.Puzzle(context.Background(), "demo", noon)
	if err != nil {
		t.Fatal(err)
	}
	value, err := humantest.Solve(p)
	if err != nil {
		t.Fatal(err)
	}
	return p, value
}

func TestPuzzle(t *testing.T) {
	ctx, h := context.Background(), human()
	_, value := solved(t, h)
	use, problem, err := h.Verify(ctx, "demo", value, noon.Add(9*time.Minute))
	if err != nil || problem.Code != "" || len(use.Hash) != 32 || use.Tenant != "demo" || use.Expires < kyc.At(noon.Add(10*time.Minute)) {
		t.Fatalf("%+v %v %v", use, problem, err)
	}
	again, _, _ := h.Verify(ctx, "demo", value, noon)
	if !bytes.Equal(again.Hash, use.Hash) {
		t.Error("the same solution has two marks: it could be used twice")
	}
	if _, problem, _ := h.Verify(ctx, "demo", value, noon.Add(10*time.Minute)); problem.Code != "human.expired" {
		t.Errorf("late: %v", problem)
	}
	if _, problem, _ := h.Verify(ctx, "other", value, noon); problem.Code != "human.invalid" {
		t.Errorf("another tenant: %v", problem)
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func TestPuzzleForged(t *testing.T) {
	ctx, h := context.Background(), human()
	p, value := solved(t, h)
	raw, _ := base64.StdEncoding.DecodeString(value)
	var good contact.Solution
	if err := json.Unmarshal(raw, &good); err != nil {
		t.Fatal(err)
	}
	forge := func(change func(*contact.Solution)) string { s := good; change(&s); return encode(t, s) }
	salt, number := p.Salt[:len(p.Salt)-1], good.Number
	for name, value := range map[string]string{
		"no work":       forge(func(s *contact.Solution) { s.Number++ }),
		"negative":      forge(func(s *contact.Solution) { s.Number = -1 }),
		"own salt":      forge(func(s *contact.Solution) { s.Salt = strings.Repeat("0", 24) + "?expires=9999999999&" }),
		"later":         forge(func(s *contact.Solution) { s.Salt = salt + "9&" }),
		"no ampersand":  forge(func(s *contact.Solution) { s.Salt = salt }),
		"own signature": forge(func(s *contact.Solution) { s.Signature = strings.Repeat("0", 64) }),
		"no signature":  forge(func(s *contact.Solution) { s.Signature = "" }),
		"algorithm":     forge(func(s *contact.Solution) { s.Algorithm = "SHA-1" }),
		"float":         encode(t, map[string]any{"algorithm": "SHA-256", "number": 1.5}),
		"huge":          encode(t, map[string]any{"algorithm": "SHA-256", "number": 1e30}),
		"text":          "hello",
		"array":         encode(t, []int{1}),
		"null":          encode(t, nil),
		"long":          strings.Repeat("A", 1_000_000),
		"invalid UTF-8": "\xff\xfe",
	} {
		if use, problem, err := h.Verify(ctx, "demo", value, noon); err != nil || problem.Code != "human.invalid" || use.Hash != nil {
			t.Errorf("%s: %v %v (number %d)", name, problem, err, number)
		}
	}
	if _, problem, _ := h.Verify(ctx, "demo", "  ", noon); problem.Code != "human.required" {
		t.Error(problem)
	}
	if _, err := humantest.Solve(contact.Puzzle{MaxNumber: 3}); err == nil {
		t.Error("a puzzle without solution was solved")
	}
}

func TestImage(t *testing.T) {
	ctx, h := context.Background(), human()
	id, err := h.NewImage(ctx, "demo", noon)
	if err != nil {
		t.Fatal(err)
	}
	digits, err := h.AnswerFor(ctx, "demo", id, noon)
	if err != nil || len(digits) != contact.ImageDigits {
		t.Fatalf("%q %v", digits, err)
	}
	arabic := strings.Map(func(r rune) rune { return r - '0' + '٠' }, digits)
	for _, typed := range []string{digits, " " + digits[:2] + " " + digits[2:], arabic} {
		use, problem, err := h.Verify(ctx, "demo", "img."+id+"."+typed, noon)
		if err != nil || problem.Code != "" || use.Hash == nil {
			t.Errorf("%q: %v %v", typed, problem, err)
		}
	}
	for value, code := range map[string]string{
		"img." + id + ".":                "human.required",
		"img." + id:                      "human.invalid",
		"img." + id[1:] + "." + digits:   "human.invalid",
		"img.A" + id[1:] + "." + digits:  "human.invalid",
		"img." + id + "A" + "." + digits: "human.invalid",
		"img.." + digits:                 "human.invalid",
		"img.\xff." + digits:             "human.invalid",
		"img." + id + ".abcde":           "human.wrong",
		"img." + id + "." + digits + "0": "human.wrong",
	} {
		if _, problem, err := h.Verify(ctx, "demo", value, noon); err != nil || problem.Code != code {
			t.Errorf("%q: %v %v", value, problem, err)
		}
	}
	if use, problem, _ := h.Verify(ctx, "demo", "img."+id+".x", noon); problem.Code != "human.wrong" || use.Hash == nil {
		t.Error("a wrong answer must spend the image")
	}
	if _, problem, _ := h.Verify(ctx, "demo", "img."+id+"."+digits, noon.Add(time.Hour)); problem.Code != "human.expired" {
		t.Errorf("late: %v", problem)
	}
	if _, problem, _ := h.Verify(ctx, "other", "img."+id+"."+digits, noon); problem.Code != "human.invalid" {
		t.Errorf("another tenant: %v", problem)
	}
}

// The drawing library is random by itself: draw often, from several goroutines.
func TestImageAndAudioDraw(t *testing.T) {
	h := human()
	var ids []string
	for range 60 {
		id, err := h.NewImage(context.Background(), "demo", noon)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() { drawBoth(t, h, id, []kyc.Locale{"zh-Hans", "en", "ar"}[i%3]) })
	}
	wg.Wait()
	for _, id := range []string{"", "x", "../../etc/passwd", strings.Repeat("A", 38)} {
		if _, err := h.Image(context.Background(), "demo", id, noon); kyc.CodeOf(err) != kyc.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
	if _, err := h.Audio(context.Background(), "demo", ids[0], "en", noon.Add(time.Hour)); kyc.CodeOf(err) != kyc.Gone {
		t.Error("an old image was spoken")
	}
}

func drawBoth(t *testing.T, h *contact.Human, id string, locale kyc.Locale) {
	picture, err := h.Image(context.Background(), "demo", id, noon)
	if err != nil {
		t.Error(err)
		return
	}
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil || img.Bounds().Dx() != 240 || img.Bounds().Dy() != 80 {
		t.Errorf("image %v", err)
		return
	}
	if _, _, _, alpha := img.At(0, 0).RGBA(); alpha != 0xffff {
		t.Error("the image is transparent")
	}
	sound, err := h.Audio(context.Background(), "demo", id, locale, noon)
	if err != nil || !bytes.HasPrefix(sound, []byte("RIFF")) || len(sound) < 8000 || len(sound) > 500_000 {
		t.Errorf("audio of %d bytes: %v", len(sound), err)
	}
}

func BenchmarkSolve(b *testing.B) {
	h := &contact.Human{Index: prf{}, Random: chacha(3)}
	for b.Loop() {
		solved(b, h)
	}
}

func FuzzHumanVerify(f *testing.F) {
	h := human()
	_, value := solved(f, h)
	id, err := h.NewImage(context.Background(), "demo", noon)
	if err != nil {
		f.Fatal(err)
	}
	digits, err := h.AnswerFor(context.Background(), "demo", id, noon)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{value, "img." + id + "." + digits, "img..", "e30=", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		use, problem, err := h.Verify(context.Background(), "demo", typed, noon)
		if err != nil {
			t.Fatal(err)
		}
		if problem.Code == "" && use.Hash == nil {
			t.Fatal("passed without spending anything")
		}
		if problem.Code != "" && problem.Code != "human.wrong" && use.Hash != nil {
			t.Fatalf("%v spends a test", problem)
		}
	})
}
