package contact

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"strings"
	"time"

	"github.com/mojocn/base64Captcha"

	"github.com/paifang/paifang/core/kyc"
)

// ImageDigits is how many digits an image test shows.
const ImageDigits = 5

const (
	imageTime  = 4  // bytes: unix seconds of the expiry
	imageNonce = 12 // bytes: random
	imageMAC   = 12 // bytes: shows that the id is ours
)

// NewImage makes the id of an image test. Image and Audio draw it as often as
// needed; the submitted value is "img.<id>.<digits>". One answer is taken for
// each id, right or wrong.
func (h *Human) NewImage(ctx context.Context, tenant kyc.TenantID, now time.Time) (string, error) {
	raw := make([]byte, imageTime+imageNonce)
	binary.BigEndian.PutUint32(raw, uint32(now.Add(h.life()).Unix()))
	if _, err := io.ReadFull(h.Random, raw[imageTime:]); err != nil {
		return "", kyc.Wrap(kyc.Internal, err, "read randomness for an image test")
	}
	mac, err := h.Index.Index(ctx, tenant, ClassImage, string(raw))
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(raw, mac[:imageMAC]...)), nil
}

// openImage checks that an id is ours: NotFound ("error.human_unknown") if it is
// not, Gone ("error.human_expired") if it is too old.
func (h *Human) openImage(ctx context.Context, tenant kyc.TenantID, id string, now time.Time) (expires time.Time, err error) {
	unknown := kyc.EKey(kyc.NotFound, "error.human_unknown", "not an id of an image test")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(raw) != imageTime+imageNonce+imageMAC {
		return time.Time{}, unknown
	}
	payload := raw[:imageTime+imageNonce]
	mac, err := h.Index.Index(ctx, tenant, ClassImage, string(payload))
	if err != nil {
		return time.Time{}, err
	}
	if !hmac.Equal(mac[:imageMAC], raw[imageTime+imageNonce:]) {
		return time.Time{}, unknown
	}
	expires = time.Unix(int64(binary.BigEndian.Uint32(payload)), 0)
	if !now.Before(expires) {
		return expires, kyc.EKey(kyc.Gone, "error.human_expired", "image test has expired")
	}
	return expires, nil
}

func (h *Human) digits(ctx context.Context, tenant kyc.TenantID, id string) (string, error) {
	prf, err := h.Index.Index(ctx, tenant, ClassImageAnswer, id)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%0*d", ImageDigits, binary.BigEndian.Uint64(prf)%100_000), nil
}

// AnswerFor tells the digits of an image test. It is for development mode and
// tests; no other door may offer it.
func (h *Human) AnswerFor(ctx context.Context, tenant kyc.TenantID, id string, now time.Time) (string, error) {
	if _, err := h.openImage(ctx, tenant, id, now); err != nil {
		return "", err
	}
	return h.digits(ctx, tenant, id)
}

// Image draws the digits as PNG, 240 by 80 pixels, dark on white.
func (h *Human) Image(ctx context.Context, tenant kyc.TenantID, id string, now time.Time) ([]byte, error) {
	digits, err := h.AnswerFor(ctx, tenant, id, now)
	if err != nil {
		return nil, err
	}
	item, err := base64Captcha.NewDriverDigit(80, 240, ImageDigits, 0.5, 60).DrawCaptcha(digits)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "draw an image test")
	}
	drawn, ok := item.(*base64Captcha.ItemDigit)
	if !ok {
		return nil, kyc.E(kyc.Internal, "image test was drawn as %T", item)
	}
	drawn.Palette[0] = color.White // transparent by default: unreadable on a dark page
	var b bytes.Buffer
	if err := png.Encode(&b, drawn.Paletted); err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "encode an image test")
	}
	return b.Bytes(), nil
}

// Audio speaks the digits as WAV (8 kHz, 8 bit, mono): in Chinese for zh, in
// English for every other language, which the page should say.
func (h *Human) Audio(ctx context.Context, tenant kyc.TenantID, id string, locale kyc.Locale, now time.Time) ([]byte, error) {
	digits, err := h.AnswerFor(ctx, tenant, id, now)
	if err != nil {
		return nil, err
	}
	item, err := base64Captcha.NewDriverAudio(ImageDigits, AudioLanguage(locale)).DrawCaptcha(digits)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "speak an image test")
	}
	var b bytes.Buffer
	if _, err := item.WriteTo(&b); err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "encode a spoken test")
	}
	return b.Bytes(), nil
}

// AudioLanguage is the language in which Audio speaks for a locale.
func AudioLanguage(locale kyc.Locale) string {
	language, _, _ := strings.Cut(string(locale), "-")
	switch language {
	case "zh", "ja", "ru", "de":
		return language
	}
	return "en"
}

func (h *Human) verifyImage(ctx context.Context, tenant kyc.TenantID, value string, now time.Time) (kyc.UseOnce, kyc.Problem, error) {
	id, typed, ok := strings.Cut(strings.TrimPrefix(value, "img."), ".")
	if !ok {
		return kyc.UseOnce{}, kyc.P("", "human.invalid"), nil
	}
	expires, err := h.openImage(ctx, tenant, id, now)
	switch kyc.CodeOf(err) {
	case "":
	case kyc.Gone:
		return kyc.UseOnce{}, kyc.P("", "human.expired"), nil
	case kyc.NotFound:
		return kyc.UseOnce{}, kyc.P("", "human.invalid"), nil
	default:
		return kyc.UseOnce{}, kyc.Problem{}, err
	}
	if strings.TrimSpace(typed) == "" {
		return kyc.UseOnce{}, kyc.P("", "human.required"), nil
	}
	digits, err := h.digits(ctx, tenant, id)
	if err != nil {
		return kyc.UseOnce{}, kyc.Problem{}, err
	}
	given, ok := Digits(typed)
	if !ok || !equal(given, digits) {
		return spend(tenant, "image", id, expires), kyc.P("", "human.wrong"), nil
	}
	return spend(tenant, "image", id, expires), kyc.Problem{}, nil
}
