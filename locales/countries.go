package locales

import (
	"slices"
	"strconv"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Country is a region of ISO 3166-1 (and XK, Kosovo) with its name.
type Country struct {
	Code string // alpha-2
	Name string
}

// PhoneRegion is a region with a numbering plan of its own.
type PhoneRegion struct {
	Code    string // ISO 3166-1 alpha-2
	Name    string
	Calling string // "+86"
}

// Country is the name of a region in the printer's language; the code itself
// when it is not one.
func (p *Printer) Country(code string) string {
	if name, ok := p.format.Territories[code]; ok {
		return name
	}
	return code
}

// Countries lists every region in the alphabetical order of the language
// (Chinese: by pinyin). The caller must not change the list.
func (p *Printer) Countries() []Country { return p.countries }

// PhoneRegions lists every region whose phone numbers can be checked, in the
// order of Countries. The caller must not change the list.
func (p *Printer) PhoneRegions() []PhoneRegion { return p.phones }

func (p *Printer) sortedCountries() []Country {
	list := make([]Country, 0, len(p.bundle.regions))
	for code := range p.bundle.regions {
		list = append(list, Country{Code: code, Name: p.Country(code)})
	}
	order := collate.New(language.Make(string(p.locale)))
	keys := new(collate.Buffer)
	sortKeys := make(map[string][]byte, len(list))
	for _, c := range list {
		sortKeys[c.Code] = order.KeyFromString(keys, c.Name)
	}
	slices.SortFunc(list, func(a, b Country) int {
		if d := slices.Compare(sortKeys[a.Code], sortKeys[b.Code]); d != 0 {
			return d
		}
		return slices.Compare([]byte(a.Code), []byte(b.Code))
	})
	return list
}

func (p *Printer) phoneRegions() []PhoneRegion {
	list := make([]PhoneRegion, 0, len(p.countries))
	for _, c := range p.countries {
		calling := phonenumbers.GetCountryCodeForRegion(c.Code)
		if calling == 0 {
			continue
		}
		list = append(list, PhoneRegion{Code: c.Code, Name: c.Name, Calling: "+" + strconv.Itoa(calling)})
	}
	return list
}
