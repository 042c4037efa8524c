package main

import (
	"errors"
	"strings"

	"github.com/paifang/paifang/plugins/sdk"
	"github.com/paifang/paifang/plugins/sdk/number"
)

func settlementFields() []sdk.Field {
	var all, iban, other []string
	for _, country := range number.Countries() {
		switch {
		case number.IBANCountry(country) != "":
			iban = append(iban, country)
		default:
			other = append(other, country)
		}
		if country != "CN" {
			all = append(all, country)
		}
	}
	mainland := isKind("account_country", "CN")
	in := func(countries []string) sdk.Condition {
		return sdk.Condition{Field: "account_country", In: countries}
	}
	return []sdk.Field{
		{Name: "holder", Type: sdk.TextField, Required: true, MinLen: 2, MaxLen: 200, Autocomplete: "off", PII: sdk.PIIIdentity},
		{Name: "account_country", Type: sdk.CountryField, Required: true, Autocomplete: "off", PII: sdk.PIIContact},
		{Name: "account_kind", Type: sdk.SelectField, Required: true, Options: options("account", "card"), PII: sdk.PIINone, When: mainland},
		{Name: "bank_name", Type: sdk.TextField, Required: true, MinLen: 2, MaxLen: 200, Autocomplete: "off", PII: sdk.PIIContact, When: mainland},
		{Name: "iban", Type: sdk.NumberField, Required: true, MaxLen: 60, Autocomplete: "off", PII: sdk.PIISensitive, When: in(iban)},
		{Name: "account_number", Type: sdk.NumberField, Required: true, MaxLen: 60, Autocomplete: "off", PII: sdk.PIISensitive, When: in(other)},
		{Name: "bic", Type: sdk.NumberField, Required: true, MaxLen: 20, Autocomplete: "off", PII: sdk.PIIContact, When: in(all)},
	}
}

// settlement judges the account that money is paid out to. It has to be the
// company's own: under another name a person has to look.
func settlement(q *sdk.Question) *sdk.Finding {
	f := &sdk.Finding{}
	if holder := bare(q.Value("holder")); holder == "" {
		f.Problem("holder", "field.name")
	} else if holder != bare(q.Answer("company", "company_name")) {
		f.Reason("holder", "business.bank_name_mismatch")
	}
	country := q.Value("account_country")
	switch {
	case !number.Country(country):
		f.Problem("account_country", "field.country")
		return f
	case country == "CN":
		domestic(f, q)
		return f
	case number.IBANCountry(country) != "":
		international(f, country, q.Value("iban"))
	default:
		accountNumber(f, q.Value("account_number"), 4, 34)
	}
	bank(f, country, q.Value("bic"))
	return f
}

// domestic checks an account in mainland China. Cards have a check digit;
// accounts of companies have numbers of each bank's own making.
func domestic(f *sdk.Finding, q *sdk.Question) {
	if bare(q.Value("bank_name")) == "" {
		f.Problem("bank_name", "field.required")
	}
	if q.Value("account_kind") != "card" {
		digits := strings.Trim(bare(q.Value("account_number")), "0123456789") == ""
		if !digits {
			f.Problem("account_number", "x.crossborder.account_number")
			return
		}
		accountNumber(f, q.Value("account_number"), 8, 32)
		return
	}
	card, err := number.ParseCard(q.Value("account_number"))
	if err != nil {
		accountFault(f, "account_number", err)
		return
	}
	f.Normalize("account_number", card.Number)
}

func accountNumber(f *sdk.Finding, typed string, least, most int) {
	n := bare(typed)
	if len(n) < least || len(n) > most || strings.Trim(n, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		f.Problem("account_number", "x.crossborder.account_number")
		return
	}
	f.Normalize("account_number", n)
}

func international(f *sdk.Finding, country, typed string) {
	iban, err := number.ParseIBAN(typed)
	switch {
	case err != nil:
		accountFault(f, "iban", err)
	case iban.Country != number.IBANCountry(country):
		f.Problem("iban", "x.crossborder.iban_country")
	default:
		f.Normalize("iban", iban.Number)
	}
}

// bank checks the BIC: of the account's country, or of the country that a
// territory's accounts are numbered by, and not of the test network.
func bank(f *sdk.Finding, country, typed string) {
	bic, err := number.ParseBIC(typed)
	switch {
	case err != nil:
		accountFault(f, "bic", err)
	case bic.Test:
		f.Problem("bic", "x.crossborder.bic_test")
	case bic.Country != country && bic.Country != number.IBANCountry(country):
		f.Problem("bic", "x.crossborder.bic_country")
	default:
		f.Normalize("bic", bic.Code)
	}
}

// accountFault says what is wrong with the number of an account, a card or a bank.
// There is no document to compare it with: there are statements.
func accountFault(f *sdk.Finding, field string, err error) {
	var wrong *number.Fault
	if !errors.As(err, &wrong) {
		f.Problem(field, "x.crossborder.account_form")
		return
	}
	switch wrong.Code {
	case number.CheckDigit:
		f.Problem(field, "x.crossborder.account_check_digit")
	case number.Length:
		f.Problem(field, "x.crossborder.account_length")
	case number.Character, number.Format, number.NoCountry:
		f.Problem(field, "x.crossborder.account_form")
	default:
		f.Fault(field, err)
	}
}
