// Package number reads the numbers of documents: resident ID numbers of mainland
// China and its siblings (GB 11643-1999), identity cards of Hong Kong, Macao and
// Taiwan, travel permits, foreign permanent resident cards, passport numbers,
// the machine-readable zones of passports, cards and visas (ICAO Doc 9303),
// unified social credit codes (GB 32100), IBANs, BICs, LEIs and payment cards.
//
// What people paste is met half way: full-width digits and those of any
// script, lower-case letters, separators, lost line breaks and guillemets in
// place of fillers are read as what they stand for. Letters of other alphabets
// that look like Latin ones are not: a person who typed a Cyrillic А has to see
// that. What cannot be a valid number is refused with a *Fault that says why and
// where, never with a bare "invalid".
//
// The package is pure and depends on the standard library only, so that rules
// of a market and the checks of the core read a number in the same way. It has
// no clock: what depends on the day takes the day as a parameter.
package number
