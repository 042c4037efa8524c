package journeys

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
)

// Made-up people. Numbers are specimens of the standards or computed here.
const (
	// specimenID is the example in the text of GB 11643: a woman born 1949-12-31.
	specimenID = "11010519491231002X"
	password   = "tidal lantern 47 marsh"
	payment    = "quartz ferry 92 anchor"
)

func mainlandPerson(phone string) map[string]any {
	return map[string]any{"phone": phone, "consent": true, "real_name": "测试·样本", "id_number": specimenID,
		"phone.region": "CN", "login_password": password,
		"address.country": "CN", "address.admin_area": "北京市", "address.locality": "北京市", "address.dependent_locality": "朝阳区",
		"address.postal_code": "100000", "address.line1": "样本路1号"}
}

// passport is a specimen with typed lines that agree.
type passport struct{ number, surname, given, birth, sex, expiry string }

var annas = passport{number: "C01X0006H", surname: "ERIKSSON", given: "ANNA MARIA", birth: "1974-08-12", sex: "F", expiry: "2031-04-15"}

func overseasPerson(email, phone string, p passport) map[string]any {
	return map[string]any{"email": email, "phone": phone, "phone.region": "EG", "consent": true, "residence": "EG",
		"name_latin": "Anna Maria Eriksson", "name_native": "آنا ماريا إريكسون", "gender": "female", "nationality": "SE",
		"birth_date": p.birth, "address.country": "EG", "address.admin_area": "القاهرة", "address.locality": "القاهرة",
		"address.dependent_locality": "الزمالك", "address.postal_code": "11511", "address.line1": "شارع العينة 1",
		"document_kind": "passport", "issuing_country": "SE", "document_number": p.number, "expiry_date": p.expiry, "mrz": p.mrz("SWE"),
		"login_password": password, "payment_password": "385172",
		"questions.1.answer": "Uppsala", "questions.2.answer": "Bergström"}
}

// overseasCard is overseasPerson with a national identity card.
func overseasCard(email, phone string, p passport) map[string]any {
	answers := overseasPerson(email, phone, p)
	answers["document_kind"], answers["mrz"] = "national_id", p.card("SWE")
	return answers
}

// overseasLicence is overseasPerson with a driving licence that does not expire.
func overseasLicence(email, phone string) map[string]any {
	answers := overseasPerson(email, phone, annas)
	answers["document_kind"], answers["document_number"], answers["no_expiry"] = "driving_licence", "٧٧ ав 123456", true
	delete(answers, "expiry_date")
	delete(answers, "mrz")
	return answers
}

func crossborderPerson(phone string, p passport) map[string]any {
	return map[string]any{"phone": phone, "consent": true, "login_password": password, "payment_password": payment,
		"document_kind": "passport", "name": "Anna Maria Eriksson", "document_number": p.number, "issuing_country": "SE",
		"expiry_date": p.expiry, "nationality": "SE", "birth_date": p.birth, "gender": "female",
		"address.country": "DE", "address.locality": "Berlin", "address.postal_code": "10115", "address.line1": "Musterstraße 1"}
}

// companyPerson answers for a company of mainland China whose licence is one of
// the early ones with a wrong check character, and whose second owner is abroad.
func companyPerson(phone string, owner passport) map[string]any {
	return map[string]any{"phone": phone, "phone.region": "DE", "consent": true, "login_password": password, "payment_password": payment,
		"kind": "company", "company_name": "样本贸易有限公司", "registered": "mainland", "uscc": "91350100M0001TGQXM", "licence_term": "until",
		"licence_until": "2046-01-31", "address.country": "CN", "address.admin_area": "福建省", "address.locality": "福州市",
		"address.dependent_locality": "鼓楼区", "address.postal_code": "350000", "address.line1": "样本路1号",
		"document_kind": "resident_id", "name": "测试样本", "id_number": specimenID, "anyone": "yes",
		"owners": []map[string]any{{"percentage": "60", "representative": true},
			{"percentage": "33,5 %", "name": "Anna Maria Eriksson", "document_kind": "passport", "document_number": owner.number,
				"issuing_country": "SE", "nationality": "SE", "birth_date": owner.birth}},
		"holder": "样本贸易有限公司", "account_country": "CN", "account_kind": "account", "bank_name": "样本银行福州分行", "account_number": "0200000009000000123"}
}

// mrz makes the two typed lines of a passport (ICAO Doc 9303 part 4, TD3).
func (p passport) mrz(country string) string {
	pad := func(s string, n int) string { return (s + strings.Repeat("<", n))[:n] }
	day := func(date string) string { return strings.ReplaceAll(date[2:], "-", "") }
	first := pad("P<"+country+p.surname+"<<"+strings.ReplaceAll(p.given, " ", "<"), 44)
	number, birth, expiry := pad(p.number, 9), day(p.birth), day(p.expiry)
	optional := strings.Repeat("<", 14)
	number, birth, expiry, optional = number+digit(number), birth+digit(birth), expiry+digit(expiry), optional+"<"
	return first + "\n" + number + country + birth + p.sex + expiry + optional + digit(number+birth+expiry+optional)
}

// card makes the three lines of an identity card (Doc 9303 part 5, TD1).
func (p passport) card(country string) string {
	pad := func(s string, n int) string { return (s + strings.Repeat("<", n))[:n] }
	day := func(date string) string { d := strings.ReplaceAll(date[2:], "-", ""); return d + digit(d) }
	number := pad(p.number, 9)
	first := pad("I<"+country+number+digit(number), 30)
	second := day(p.birth) + p.sex + day(p.expiry) + country + strings.Repeat("<", 11)
	second += digit(first[5:] + second[:7] + second[8:15] + second[18:29])
	return first + "\n" + second + "\n" + pad(p.surname+"<<"+strings.ReplaceAll(p.given, " ", "<"), 30)
}

// oldCard makes the two lines of an identity card of the larger size (Doc 9303 part 6, TD2).
func (p passport) oldCard(country string) string {
	pad := func(s string, n int) string { return (s + strings.Repeat("<", n))[:n] }
	day := func(date string) string { d := strings.ReplaceAll(date[2:], "-", ""); return d + digit(d) }
	number, optional := pad(p.number, 9), strings.Repeat("<", 7)
	number += digit(number)
	return pad("I<"+country+p.surname+"<<"+strings.ReplaceAll(p.given, " ", "<"), 36) + "\n" +
		number + country + day(p.birth) + p.sex + day(p.expiry) + optional + digit(number+day(p.birth)+day(p.expiry)+optional)
}

// digit is the check digit: weights 7, 3, 1 over the values of the characters.
func digit(s string) string {
	sum := 0
	for i, c := range []byte(s) {
		v := 0
		switch {
		case c >= '0' && c <= '9':
			v = int(c - '0')
		case c >= 'A' && c <= 'Z':
			v = int(c-'A') + 10
		}
		sum += v * []int{7, 3, 1}[i%3]
	}
	return fmt.Sprint(sum % 10)
}

// picture is a drawn stand-in for a photo of a document; each seed is another one.
func picture(seed int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 1200, 850))
	for x := range 1200 {
		for y := range 850 {
			c := color.RGBA{uint8(200 + x/40), uint8(210 - y/40), uint8(180 + seed), 255}
			if y > 650 && (x/12+y/30)%2 == 0 {
				c = color.RGBA{30, 30, uint8(40 + seed), 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}
