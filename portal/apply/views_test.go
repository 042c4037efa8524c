package apply_test

import (
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/locales"
)

func shopFlow() *kyc.Flow {
	return &kyc.Flow{Market: "shop", Title: "shop.title", Summary: "shop.summary", Review: "always",
		Steps: []kyc.Step{
			{ID: "contact", Kind: kyc.ContactStep, Title: "shop.contact", Fields: contactFields()},
			{ID: "phone", Kind: kyc.ContactStep, Title: "shop.phone_step", Fields: []kyc.Field{phoneField()}},
			{ID: "profile", Kind: kyc.ProfileStep, Title: "shop.profile", Fields: profileFields()},
			{ID: "secrets", Kind: kyc.CredentialsStep, Title: "shop.secrets"},
			{ID: "documents", Kind: kyc.DocumentsStep, Title: "shop.documents", Documents: []kyc.Requirement{passport()}},
		},
		Tiers: []kyc.Tier{
			{ID: "basic", Label: "shop.basic", Allows: []string{"shop.allow_buy", "shop.allow_receive"}, Denies: []string{"shop.deny_withdraw"},
				Next: "shop.next", Limits: []kyc.Limit{{Operation: "receive", Currency: "CNY", Minor: 500000, Period: "year"}}},
			{ID: "full", Label: "shop.full", Allows: []string{"shop.allow_all"}},
		}}
}

func contactFields() []kyc.Field {
	return []kyc.Field{
		{Name: "residence", Type: kyc.CountryField, Required: true, Autocomplete: "country", Label: "shop.residence", Help: "shop.residence_help", Why: "shop.residence_why"},
		{Name: "email", Type: kyc.EmailField, Required: true, Autocomplete: "email", Label: "field.email"},
		{Name: "human", Type: kyc.HumanField, Required: true, Label: "field.human"},
		{Name: "consent", Type: kyc.ConsentField, Required: true, Label: "field.consent"},
	}
}

func phoneField() kyc.Field {
	return kyc.Field{Name: "phone", Type: kyc.PhoneField, Required: true, Label: "field.phone"}
}

func profileFields() []kyc.Field {
	kinds := []kyc.Option{{Value: "passport", Label: "shop.passport"}, {Value: "id", Label: "shop.id"}}
	return []kyc.Field{
		{Name: "name_latin", Type: kyc.NameField, Required: true, Label: "shop.name", Help: "shop.name_help", MaxLen: 200},
		{Name: "birth_date", Type: kyc.DateField, Required: true, Autocomplete: "bday", Label: "shop.birth", Why: "shop.residence_why"},
		{Name: "kind", Type: kyc.SelectField, Required: true, Options: kinds, Label: "shop.kind"},
		{Name: "number", Type: kyc.NumberField, Required: true, Label: "shop.number", MaxLen: 40},
		{Name: "mrz", Type: kyc.MRZField, Label: "shop.mrz", Help: "shop.mrz_help", When: kyc.Condition{Field: "kind", In: []string{"passport"}}},
		{Name: "address", Type: kyc.AddressField, Required: true, Label: "shop.address"},
		{Name: "phone", Type: kyc.PhoneField, Label: "field.phone", Regions: []string{"CN"}},
		{Name: "bind", Type: kyc.CheckboxField, Label: "shop.bind", Default: "true"},
		{Name: "password", Type: kyc.PasswordField, Required: true, MinLen: 8, Autocomplete: "new-password", Label: "shop.password"},
		{Name: "pin", Type: kyc.PINField, Required: true, Label: "shop.pin"},
		{Name: "questions", Type: kyc.QuestionField, Required: true, Count: 2, Label: "shop.questions", Options: kinds},
		{Name: "note", Type: kyc.TextField, Label: "shop.note"},
		{Name: "story", Type: kyc.TextField, MaxLen: 1000, Label: "shop.note"},
	}
}

func passport() kyc.Requirement {
	return kyc.Requirement{ID: "passport", Kind: "passport", Label: "shop.passport", Help: "shop.passport_help",
		Sides: []kyc.Side{{Name: "data_page", Label: "shop.data_page"}}}
}

func idCard() kyc.Requirement {
	return kyc.Requirement{ID: "card", Kind: "resident_id", Label: "shop.id",
		Sides: []kyc.Side{{Name: "front", Label: "shop.front"}, {Name: "back", Label: "shop.back"}}}
}

func base(step kyc.StepID, kind pipeline.NextKind) *pipeline.View {
	v := &pipeline.View{ID: appID, Tenant: "demo", Market: "shop", Title: "shop.title", Locale: "en", State: kyc.Open,
		Created: kyc.At(noon), Updated: kyc.At(noon), Expires: kyc.At(noon.AddDate(0, 1, 0))}
	state := "done"
	for _, s := range shopFlow().Steps {
		here := s.ID == step
		if here {
			v.Next = pipeline.Next{Kind: kind, Step: s.ID, Title: s.Title}
			state = "todo"
		}
		v.Steps = append(v.Steps, pipeline.StepView{ID: s.ID, Kind: s.Kind, Title: s.Title,
			State: map[bool]string{true: "current", false: state}[here], Editable: state == "done" && s.Kind != kyc.ContactStep})
	}
	v.Next.Kind = kind
	return v
}

func fields(list []kyc.Field, values kyc.Values) []pipeline.FieldView {
	var views []pipeline.FieldView
	for _, f := range list {
		views = append(views, pipeline.FieldView{Field: f, Values: values})
	}
	return views
}

func firstView() *pipeline.View {
	v := base("contact", pipeline.NextForm)
	v.Next.Intro = "shop.contact_intro"
	v.Next.Fields = fields(contactFields(), nil)
	v.Next.Consents = []pipeline.ConsentView{{Document: "terms", Version: "3", Title: "Terms of use"}, {Document: "privacy", Version: "1", Title: "Privacy policy"}}
	return v
}

func formView() *pipeline.View {
	v := base("profile", pipeline.NextForm)
	v.Next.Fields = fields(profileFields(), kyc.Values{"birth_date": "1988-03-27", "kind": "passport", "name_latin": `Anna <O'Neill> & "Söhne"`,
		"address.country": "JP", "address.locality": "京都市", "phone": "13800138000"})
	v.Next.Derived = []pipeline.DerivedView{{Label: "shop.birth", Name: "birth", Value: "1988-03-27", Type: kyc.DateField}}
	return v
}

func wrongView() *pipeline.View {
	v := formView()
	v.Next.Derived = nil
	for _, path := range []string{"name_latin", "birth_date", "address.postal_code", "questions.2.answer", "password"} {
		v.Next.Problems = append(v.Next.Problems, kyc.P(path, "field.required"))
	}
	v.Next.Problems = append(v.Next.Problems, kyc.P("", "field.unknown"))
	return v
}

func challengeView() *pipeline.View {
	v := base("phone", pipeline.NextChallenge)
	v.Next.Challenge = &pipeline.ChallengeView{ID: "ch1", Channel: kyc.Email, To: "m•••a@example.com", Digits: 6, Link: true, TriesLeft: 5,
		Expires: kyc.At(noon.Add(24 * time.Hour)), ResendAt: kyc.At(noon.Add(45 * time.Second)), Delivery: kyc.MessageSent}
	return v
}

func documentsView() *pipeline.View {
	v := base("documents", pipeline.NextDocuments)
	v.Next.Intro = "shop.documents_intro"
	v.Next.Documents = []pipeline.DocumentView{{Requirement: passport()}, {Requirement: idCard(), Files: map[string]kyc.File{"front": {ID: "f1"}}}}
	return v
}

func againView() *pipeline.View {
	v := documentsView()
	v.State = kyc.NeedsApplicant
	reason := kyc.Reason{Code: "image.glare", Audience: kyc.Public, Subject: kyc.Subject{Kind: "side", Ref: "passport/data_page"}}
	hidden := kyc.Reason{Code: "risk.forgery", Audience: kyc.Private}
	v.Next.Reasons = []kyc.Reason{reason, hidden}
	v.Next.Documents[0].Reasons = v.Next.Reasons
	v.Next.Note = "The lamp is reflected in the lower two lines."
	v.Next.Problems = []kyc.Problem{kyc.P("passport.data_page", "document.side_missing")}
	v.Steps[4].State = "again"
	return v
}

func waitView(state kyc.State) *pipeline.View {
	v := base("", pipeline.NextWait)
	v.State = state
	return v
}

func doneView() *pipeline.View {
	v := base("", pipeline.NextDone)
	v.State = kyc.Activated
	v.Result = &pipeline.Result{Tier: shopFlow().Tiers[0], Logins: []string{"m•••a@example.com", "+86 138••••8000"},
		Balances: []kyc.Balance{{Currency: "USD"}, {Currency: "CNY"}}}
	return v
}

func closedView(state kyc.State) *pipeline.View {
	v := base("", pipeline.NextClosed)
	v.State = state
	if state == kyc.Rejected {
		v.Next.Reasons = []kyc.Reason{{Code: "policy.underage", Audience: kyc.Public}, {Code: "risk.forgery", Audience: kyc.Private}}
		v.Next.Note = "Come back when you are 18."
	}
	return v
}

// words is the catalogue of the test's market.
func words() map[kyc.Locale]map[string]locales.Message {
	rows := map[string][3]string{
		"title":           {"Buyer's wallet", "买家钱包", "محفظة المشتري"},
		"seller":          {"Seller's account", "卖家账户", "حساب البائع"},
		"summary":         {"For people who live outside mainland China, with a passport.", "适用于持护照、居住在中国大陆以外的个人。", "لمن يقيمون خارج بر الصين الرئيسي ويحملون جواز سفر."},
		"contact":         {"Your e-mail address", "您的邮箱", "بريدك الإلكتروني"},
		"contact_intro":   {"We will send a code to it.", "我们会向该邮箱发送验证码。", "سنرسل إليه رمزًا."},
		"phone_step":      {"Your mobile number", "您的手机号", "رقم هاتفك المحمول"},
		"profile":         {"Your details", "您的资料", "بياناتك"},
		"secrets":         {"Passwords", "密码", "كلمات المرور"},
		"documents":       {"Your documents", "证件照片", "مستنداتك"},
		"documents_intro": {"Take the photos by daylight, without a flash.", "请在日光下拍照，不要使用闪光灯。", "التقط الصور في ضوء النهار دون فلاش."},
		"residence":       {"Where do you live?", "居住国家或地区", "أين تقيم؟"},
		"residence_help":  {"The country or region of your usual address.", "您的常住地址所在的国家或地区。", "بلد عنوانك المعتاد أو منطقته."},
		"residence_why":   {"The rules that apply to your account depend on it.", "适用于您账户的规则取决于此。", "تعتمد عليه القواعد المطبقة على حسابك."},
		"name":            {"Name in Latin letters", "姓名（拉丁字母）", "الاسم بالأحرف اللاتينية"},
		"name_help":       {"As in your passport, family name first.", "与护照一致，姓在前。", "كما في جواز سفرك، اسم العائلة أولًا."},
		"birth":           {"Date of birth", "出生日期", "تاريخ الميلاد"},
		"kind":            {"Document", "证件类型", "المستند"},
		"number":          {"Document number", "证件号码", "رقم المستند"},
		"mrz":             {"The two lines at the bottom", "护照底部的两行字符", "السطران في أسفل الصفحة"},
		"mrz_help":        {"44 characters each, with the < signs.", "每行 44 个字符，包括 < 符号。", "44 حرفًا في كل سطر، مع علامات <."},
		"address":         {"Address", "地址", "العنوان"},
		"bind":            {"Use this phone to sign in", "使用此手机登录", "استخدم هذا الهاتف لتسجيل الدخول"},
		"password":        {"Login password", "登录密码", "كلمة مرور الدخول"},
		"pin":             {"Payment password, six digits", "六位支付密码", "كلمة مرور الدفع من ستة أرقام"},
		"questions":       {"Security questions", "安全问题", "أسئلة الأمان"},
		"note":            {"Remark", "备注", "ملاحظة"},
		"passport":        {"Passport", "护照", "جواز السفر"},
		"passport_help":   {"The page with your photo.", "带照片的页面。", "الصفحة التي فيها صورتك."},
		"data_page":       {"Page with your photo", "资料页", "صفحة البيانات"},
		"id":              {"Identity card", "身份证", "بطاقة الهوية"},
		"front":           {"Front", "正面", "الوجه الأمامي"},
		"back":            {"Back", "背面", "الوجه الخلفي"},
		"basic":           {"Identity data checked", "已核验身份信息", "بيانات الهوية محقّقة"},
		"full":            {"Documents reviewed", "已审核证件", "المستندات مُراجَعة"},
		"allow_buy":       {"Buy at the marketplace", "在商城购物", "الشراء من المتجر"},
		"allow_receive":   {"Receive refunds", "接收退款", "استلام المبالغ المستردة"},
		"allow_all":       {"Everything, without limits on receipts", "全部功能，收款不限额", "كل شيء دون حدود للاستلام"},
		"deny_withdraw":   {"Withdraw to a bank account", "提现到银行账户", "السحب إلى حساب مصرفي"},
		"next":            {"Send a photo of your passport and wait for the review.", "上传护照照片并等待审核。", "أرسل صورة جواز سفرك وانتظر المراجعة."},
	}
	out := map[kyc.Locale]map[string]locales.Message{"en": {}, "zh-Hans": {}, "ar": {}}
	for key, row := range rows {
		for i, l := range []kyc.Locale{"en", "zh-Hans", "ar"} {
			out[l]["shop."+key] = locales.Message{Other: row[i]}
		}
	}
	return out
}
