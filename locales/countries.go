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
	Main    bool   // the region that the calling code is first of all of: GB for +44, not Guernsey
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
// order of Countries, those named first before all others.
func (p *Printer) PhoneRegions(first ...string) []PhoneRegion {
	list := slices.Clone(p.phones)
	slices.SortStableFunc(list, func(a, b PhoneRegion) int { return place(first, a.Code) - place(first, b.Code) })
	return list
}

func place(first []string, code string) int {
	if i := slices.Index(first, code); i >= 0 {
		return i
	}
	return len(first)
}

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
		list = append(list, PhoneRegion{Code: c.Code, Name: c.Name, Calling: "+" + strconv.Itoa(calling),
			Main: phonenumbers.GetRegionCodeForCountryCode(calling) == c.Code})
	}
	return list
}
