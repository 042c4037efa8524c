package pipeline

import "testing"

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
