package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/writ-iam/writ/engine"
)

// write writes the case as a file of testdata/decide.
func (c *literalCase) write(want string) string {
	var b strings.Builder
	l := &c.layers
	b.WriteString("# source: the idea\n")
	file := func(name, text string) { fmt.Fprintf(&b, "-- %s --\n%s\n", name, text) }
	list := func(layer string, policies []literalPolicy) {
		if policies != nil && len(policies) == 0 {
			file(layer+"/", "")
		}
		for _, p := range policies {
			if p.unreadable {
				file("unreadable/"+layer+"/"+p.name, "")
			} else {
				file(layer+"/"+p.name, p.text)
			}
		}
	}
	list("identity", l.identity)
	list("boundary", l.boundary)
	list("session", l.session)
	list("endpoint", l.endpoint)
	for i, level := range l.scp {
		list("scp/"+strconv.Itoa(i), level)
	}
	for i, level := range l.rcp {
		list("rcp/"+strconv.Itoa(i), level)
	}
	if l.resource != nil {
		name := "resource/"
		if l.trust {
			name = "trust/"
		}
		file(name+l.resource.name, l.resource.text)
	}
	if l.ids != nil {
		text := ""
		for _, key := range slices.Sorted(maps.Keys(l.ids)) {
			text += key + " " + l.ids[key] + "\n"
		}
		file("ids", strings.TrimSuffix(text, "\n"))
	}
	fmt.Fprintf(&b, "-- requests --\n%swant: %s\n", writeRequest(&c.request), want)
	return b.String()
}

func writeRequest(r *engine.Request) string {
	var b strings.Builder
	p := &r.Principal
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", key, value)
		}
	}
	line("principal", p.ARN+p.Service)
	switch p.Kind {
	case engine.Anonymous:
		line("principal", "anonymous")
	case engine.Federated:
		line("principal", "provider "+p.Provider)
	}
	line("role", p.RoleARN)
	line("id", p.ID)
	line("issuer", p.IssuerARN)
	line("issuer-id", p.IssuerID)
	if p.ServiceLinked {
		line("linked", "yes")
	}
	if p.Management {
		line("management", "yes")
	}
	line("action", r.Action)
	escape := strings.NewReplacer("\n", `\n`, "|", `\|`, `\`, `\\`)
	line("resource", escape.Replace(r.Resource))
	line("account", r.ResourceAccount)
	var own engine.Context
	own.SetPrincipal(p)
	for key, values := range r.Context.All() {
		if had, _ := own.Get(key); strings.Join(had, "|") == strings.Join(values, "|") && had != nil {
			continue
		}
		if len(values) == 0 {
			line("context", key)
		} else {
			escaped := make([]string, len(values))
			for i, v := range values {
				escaped[i] = escape.Replace(v)
			}
			line("context", key+"="+strings.Join(escaped, "|"))
		}
	}
	return b.String()
}
