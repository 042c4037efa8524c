package number

// Zone is a shape of machine-readable zones (ICAO Doc 9303).
type Zone string

const (
	TD1  Zone = "TD1"  // part 5: cards, three lines of 30
	TD2  Zone = "TD2"  // part 6: larger cards, two lines of 36
	TD3  Zone = "TD3"  // part 4: booklets, two lines of 44
	MRVA Zone = "MRVA" // part 7: visas, two lines of 44
	MRVB Zone = "MRVB" // part 7: visas, two lines of 36
)

// span is a piece of a zone: the characters from to to (exclusive) of a row,
// all counted from 0.
type span struct{ row, from, to int }

// guard is one check digit: the character at a place guards spans.
type guard struct {
	part string
	over []span
	at   span // one character
}

// layout says where a format has what. The names begin a row of their own or
// follow kind and issuer; the first of the optional spans is where a long
// document number goes on.
type layout struct {
	format      Zone
	kinds       string // first letters that such documents have
	rows, width int
	names       span
	number      span
	nationality span
	birth       span
	gender      span
	expiry      span
	optional    []span
	guards      []guard
	endless     bool // the expiry may be left open
}

func td1() layout {
	number, birth, expiry := span{0, 5, 14}, span{1, 0, 6}, span{1, 8, 14}
	return layout{format: TD1, kinds: "ACI", rows: 3, width: 30, endless: true,
		names: span{2, 0, 30}, number: number, nationality: span{1, 15, 18}, birth: birth, gender: span{1, 7, 8}, expiry: expiry,
		optional: []span{{0, 15, 30}, {1, 18, 29}},
		guards: []guard{{"number", []span{number}, span{0, 14, 15}}, {"birth_date", []span{birth}, span{1, 6, 7}},
			{"expiry_date", []span{expiry}, span{1, 14, 15}},
			{"composite", []span{{0, 5, 30}, {1, 0, 7}, {1, 8, 15}, {1, 18, 29}}, span{1, 29, 30}}},
	}
}

func td2() layout {
	l := twoRows(TD2, "ACI", 36)
	l.optional, l.endless = []span{{1, 28, 35}}, true
	l.guards = append(l.guards, guard{"composite", []span{{1, 0, 10}, {1, 13, 20}, {1, 21, 35}}, span{1, 35, 36}})
	return l
}

func td3() layout {
	l := twoRows(TD3, "P", 44)
	l.optional = []span{{1, 28, 42}}
	l.guards = append(l.guards, guard{"optional", l.optional, span{1, 42, 43}},
		guard{"composite", []span{{1, 0, 10}, {1, 13, 20}, {1, 21, 43}}, span{1, 43, 44}})
	return l
}

// visa zones have no composite check digit.
func mrva() layout {
	l := twoRows(MRVA, "V", 44)
	l.optional = []span{{1, 28, 44}}
	return l
}

func mrvb() layout {
	l := twoRows(MRVB, "V", 36)
	l.optional = []span{{1, 28, 36}}
	return l
}

// twoRows is what all formats of two lines have in common.
func twoRows(format Zone, kinds string, width int) layout {
	number, birth, expiry := span{1, 0, 9}, span{1, 13, 19}, span{1, 21, 27}
	return layout{format: format, kinds: kinds, rows: 2, width: width,
		names: span{0, 5, width}, number: number, nationality: span{1, 10, 13}, birth: birth, gender: span{1, 20, 21}, expiry: expiry,
		guards: []guard{{"number", []span{number}, span{1, 9, 10}}, {"birth_date", []span{birth}, span{1, 19, 20}},
			{"expiry_date", []span{expiry}, span{1, 27, 28}}},
	}
}

// fault is one about a place of the layout.
func (l layout) fault(code Code, part string, at span) *Fault {
	return &Fault{Code: code, Part: part, Line: at.row + 1, Position: at.from + 1}
}

// digitPlaces are where only digits and fillers can stand.
func (l layout) digitPlaces() []span {
	places := []span{l.birth, l.expiry}
	for _, g := range l.guards {
		places = append(places, g.at)
	}
	return places
}

// layoutsFor are the formats that a document of this first letter can have, the
// likelier one first: by the number of lines, else by their length together.
func layoutsFor(kind byte, rows, length int) []layout {
	var all []layout
	switch {
	case kind == 'P':
		all = []layout{td3()}
	case kind == 'V' && length > 80:
		all = []layout{mrva(), mrvb()}
	case kind == 'V':
		all = []layout{mrvb(), mrva()}
	case kind != 'A' && kind != 'C' && kind != 'I':
	case rows == 3 || rows != 2 && length > 81:
		all = []layout{td1(), td2()}
	default:
		all = []layout{td2(), td1()}
	}
	return all
}
