// Package number reads the numbers of identity documents: resident ID numbers
// of mainland China and its siblings (GB 11643-1999), passport numbers, and
// the machine-readable zone of passports (ICAO Doc 9303 part 4, TD3).
//
// What people paste is met half way: full-width and Arabic digits, lower-case
// letters, separators, lost line breaks and guillemets in place of fillers are
// read as what they stand for. What cannot be a valid number is refused with a
// *Fault that says why and where, never with a bare "invalid".
//
// The package is pure and depends on the standard library only, so that rules
// of a market and the checks of the core read a number in the same way. It has
// no clock: what depends on the day takes the day as a parameter.
package number
