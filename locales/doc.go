// Package locales speaks to people: message keys go in, sentences in the
// person's language come out, with numbers, dates, money, country names and
// addresses in the form of that language.
//
// Messages are the TOML files of this folder, go-i18n's format with the
// language as the last part of the name (zh-Hans.toml). Tables make
// dotted keys; a table of CLDR plural categories is one message. {{.name}} is
// the only thing a message may contain besides text: a provider's catalogue is
// read by the same rules, so it cannot run a template of its own.
//
// Names and formats come from CLDR 48 and address metadata. `make data` writes
// them to locales/data, which is not committed; without it Load says so.
package locales
