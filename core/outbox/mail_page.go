package outbox

// mailPage is an e-mail as HTML: one column, system fonts, no images and nothing
// fetched from elsewhere.
const mailPage = `<!DOCTYPE html>
<html lang="{{.Lang}}" dir="{{.Dir}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{{.Title}}</title>
<style>
body { margin: 0; padding: 24px 16px; background: #ffffff; color: #15191c; font: 16px/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; text-align: start; }
body:lang(zh-Hans) { font-family: -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif; }
body:lang(zh-Hant) { font-family: -apple-system, "Segoe UI", "PingFang TC", "Microsoft JhengHei", "Noto Sans CJK TC", "Noto Sans TC", sans-serif; }
main { max-width: 34rem; margin: 0 auto; }
h1 { font-size: 18px; margin: 0 0 24px; }
p { margin: 0 0 16px; }
.code { font-size: 28px; font-weight: 600; letter-spacing: 4px; font-variant-numeric: tabular-nums; }
.button { display: inline-block; padding: 12px 24px; border-radius: 8px; background: #0b6e5f; color: #ffffff; text-decoration: none; font-weight: 600; }
.foot { margin-top: 32px; font-size: 13px; color: #5a6166; }
@media (prefers-color-scheme: dark) {
body { background: #101417; color: #e8ecee; }
.foot { color: #9aa3a8; }
}
</style>
</head>
<body>
<main>
<h1>{{.Sender}}</h1>
{{range .Parts}}{{if .Link}}<p><a class="button" href="{{.Link}}">{{.Button}}</a></p>
{{else if .Code}}<p class="code"><bdi dir="ltr">{{.Code}}</bdi></p>
{{else}}<p>{{.Text}}</p>
{{end}}{{end}}<p class="foot">{{.Footer}}</p>
</main>
</body>
</html>
`
