package pipeline

import (
	"slices"
	"testing"

	"github.com/paifang/paifang/core/kyc"
)

// TestLatinNames: what stands in passports and national registers, in every way of
// typing the marks.
func TestLatinNames(t *testing.T) {
	for _, name := range []string{"Suharto", "Siobhán O’Connor-D'Arcy", "Jean-Luc d‘Été", "Kaʻiulani", "D`Angelo", "D´Angelo", "Núria Col·lell",
		"Jean\u2010Luc", "Jean\u2011Luc", "Smith\u2013Jones", "Anna\u00a0Maria", "Nguyễn Thị Hương", "J. R. Smith, Jr."} {
		if !latin(name) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{"李小明", "Анна", "Anna_1", "Anna <b>", "Anna\tMaria"} {
		if latin(name) {
			t.Errorf("%q is taken for Latin letters", name)
		}
	}
}

// TestMixedScripts: letters of two alphabets within a word are seen; people whose
// names have two words of different alphabets are left alone.
func TestMixedScripts(t *testing.T) {
	for _, name := range []string{"Аnna", "Anna Mаria", "Аnna Смирнова", "О'Connor", "О’Connor", "Αnna", "Аνнα", "Jean-Рaul", "样本Аnna", "А\u200dnna", "Ао1nna"} {
		if !mixesScripts(name) {
			t.Errorf("%q (%+q) is taken for one alphabet", name, name)
		}
	}
	for _, name := range []string{"", "Anna Maria", "Анна-Мария О'Коннор", "Άννα Μαρία", "Газпром Invest", "Анна-Maria", "Siobhán O’Connor-D'Arcy", "Nguyễn Thị Hương",
		"李小明", "安娜·Anna", "測試Anna", "آنا", "مح\u200cمد", "𠮷野 一郎", "राम\u200dचन्द्र", "Анна, Anna"} {
		if mixesScripts(name) {
			t.Errorf("%q mixes alphabets", name)
		}
	}
}

// TestVisible: what nobody sees is not kept, and what scripts are spelt with is.
func TestVisible(t *testing.T) {
	for typed, want := range map[string]string{
		"An\u200bna\u2060": "Anna", "\ufeffAnna": "Anna", "\u200eآنا\u200f": "آنا", "An\u00adna": "Anna", "Anna\u3164": "Anna", "A\U000E0061nna": "Anna",
		"e\u200b\u0301": "é", " \u200b Anna \u200b ": "Anna", "\u200b": "",
		"می\u200cروم": "می\u200cروم", "क्\u200dष": "क्\u200dष", "葛\U000E0100城": "葛\U000E0100城",
	} {
		if got, problem := clean(typed, kyc.NameField); got != want || problem != "" {
			t.Errorf("%+q becomes %+q (%s), want %+q", typed, got, problem, want)
		}
	}
	if got, _ := clean("pass\u200bword", kyc.PasswordField); got != "pass\u200bword" {
		t.Errorf("a password becomes %+q", got)
	}
}

// TestMixedNames: names of people in rows too, and a company's, but no other text.
func TestMixedNames(t *testing.T) {
	owner := []kyc.Field{{Name: "name", Type: kyc.NameField}, {Name: "note", Type: kyc.TextField, PII: kyc.PIINone}}
	a := &attempt{step: kyc.Step{ID: "s", Fields: []kyc.Field{
		{Name: "name", Type: kyc.NameField}, {Name: "company", Type: kyc.TextField, PII: kyc.PIIIdentity},
		{Name: "address", Type: kyc.TextField, PII: kyc.PIIContact}, {Name: "owners", Type: kyc.ListField, MaxRows: 3, Fields: owner}}},
		values: kyc.Values{"name": "Anna", "company": "Sаmple", "address": "Sаmple", "owners.1.name": "Anna", "owners.2.name": "Аnna", "owners.2.note": "Аnna"}}
	var refs []string
	for _, r := range a.mixed() {
		if r.Code != "data.mixed_scripts" || r.Disposition != kyc.Review || r.Subject.Kind != "field" {
			t.Errorf("%+v", r)
		}
		refs = append(refs, r.Subject.Ref)
	}
	if !slices.Equal(refs, []string{"company", "owners.2.name"}) {
		t.Errorf("names with two alphabets: %v", refs)
	}
}
