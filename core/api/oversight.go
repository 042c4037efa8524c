package api

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

func (d *Door) providerStates(c *fiber.Ctx, who caller, _ none) (ProviderList, error) {
	states, err := d.Desk.ProviderStates(c.UserContext(), who.desk)
	if err != nil {
		return ProviderList{}, err
	}
	out := ProviderList{Providers: []Provider{}}
	for _, s := range states {
		p := Provider{Name: s.Name, Version: s.Version, Kinds: []string{}, State: s.State, Reason: s.Reason, Restarts: s.Restarts, Since: stamp(s.Since)}
		if s.Kind != "" {
			p.Kinds = strings.Split(s.Kind, ",")
		}
		out.Providers = append(out.Providers, p)
	}
	return out, nil
}
