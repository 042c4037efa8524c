package journeys

import (
	"strings"
	"testing"
)

func browserMainland(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "m1", locale, true)
	v.open("/")
	v.mainland(specimenID, "13800138021", true)
	v.open("/t/demo") // nothing to go on with
	v.readsNot(v.T("apply.home.resume"))
	v.signIn("demo", "13800138021")
}

func plainMainland(t *testing.T, b *browser, s *server, locale string) {
	v := b.visit(s, "m1-plain", locale, false)
	v.mainland(residentID("11010519491231012"), "13800138022", false)
	v.signIn("demo", "13800138022")
}

// mainland is M1: phone, profile, password, done.
func (v *visitor) mainland(id, phone string, interrupted bool) {
	v.t.Helper()
	v.open("/t/demo")
	v.press("中国大陆个人用户")
	v.reads(v.N("apply.start.minutes", 4))
	v.press(v.T("apply.start.go"))

	v.proceed() // nothing entered
	v.reads("手机号码", v.N("apply.summary", 2))
	v.fill("phone", phone)
	v.tick("consent")
	v.proceed()

	v.readsNot(phone)
	// In the zone of the person where the page can know it.
	if zone := strings.Contains(v.text(), "UTC"); zone == v.scripts {
		v.t.Errorf("times are in UTC: %v", zone)
	}
	if v.scripts && !ask[bool](v, zonesNamed) {
		v.t.Error("a time in the person's zone does not name it")
	}
	v.enterCode("000000")
	v.reads(v.T("apply.challenge.code"))
	v.enterCode(v.next("+86" + phone).code(v.t))

	v.fill("real_name", "测试·样本")
	v.fill("id_number", id)
	v.choose("occupation", "企业职员")
	v.country("address.country", "CN", "address.line1")
	v.fill("address.admin_area", "北京市")
	v.fill("address.locality", "北京市")
	v.fill("address.dependent_locality", "朝阳区")
	v.fill("address.postal_code", "100000")
	v.fill("address.line1", "样本路1号")
	if interrupted {
		v.restart() // the person goes on where they were
	}
	v.proceed()

	v.reads("1949年12月31日", "女")
	v.passwordRules()
	v.proceed()
	v.waited(v.T("apply.done.title"))
	v.reads("在商城购物", "超过年度限额的收款", "已通过身份信息核验", "¥5,000")
}

// zonesNamed tells whether every time of the page says its zone on hover.
const zonesNamed = `(() => {
const zone = new Intl.DateTimeFormat(document.documentElement.lang, { timeZoneName: "short" }).formatToParts().find((p) => p.type === "timeZoneName").value;
const times = [...document.querySelectorAll("time[datetime]")];
return times.length > 0 && times.every((t) => t.title.includes(zone));
})()`

// passwordRules types the password and watches the rules being ticked off.
func (v *visitor) passwordRules() {
	v.t.Helper()
	met := func() int { return ask[int](v, `document.querySelectorAll(".rules .met").length`) }
	v.reads(v.N("apply.rule.length", 8))
	v.fill("login_password", password[:3])
	before := met()
	v.keys(password[3:])
	if v.scripts && (before != 0 || met() != 2) {
		v.t.Errorf("%d rules are met by %q and %d by the whole", before, password[:3], met())
	}
}
