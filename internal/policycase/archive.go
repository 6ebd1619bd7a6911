package policycase

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// Archive is the form of cases for people: a txtar archive, whose files are
// policies, named for their layer, and requests:
//
//	identity/NAME boundary/NAME session/NAME endpoint/NAME
//	scp/LEVEL/NAME rcp/LEVEL/NAME    LEVEL counts from 0
//	resource                         of the resource; of a role: trust
//	unreadable/LAYER/NAME            stands for a policy that cannot be read
//	ids                              unique ids: "PRINCIPAL ID", a pair a line
//	requests                         separated by empty lines
//
// A policy is the document itself, or "file: PATH" for one that stands in a file
// of its own, relative to the archive. A name that ends in a slash (boundary/)
// makes a layer that is present and empty. A level of RCPs has RCPFullAWSAccess
// besides what it lists, as AWS sees to it; the text "full" stands for it alone.
//
// A request is lines "key: value":
//
//	principal  as in lines of JSON, or "provider NAME"
//	role, id, issuer, issuer-id, linked, management    of the principal
//	action, resource, account (the resource's)
//	context    key=value or key=value|value or key= (empty) or key (no values); repeated
//	want       "Effect layer policy#index", as much of it as there is
//	message    the text given to the caller
type Archive struct {
	Cases []*Case

	file   string
	read   func(path string) ([]byte, error)
	layers engine.Layers
	ids    map[string]string
	texts  map[place]text
}

// ParseArchive reads the archive that stands in a file. read reads a file that
// the archive refers to, by the path written there.
func ParseArchive(file string, data []byte, read func(path string) ([]byte, error), accounts Accounts) (*Archive, error) {
	ar := txtar.Parse(data)
	a := &Archive{file: file, read: read, texts: make(map[place]text)}
	for _, f := range ar.Files {
		if f.Name == "ids" {
			a.ids = pairs(string(f.Data))
		}
	}
	if err := checkComment(string(ar.Comment)); err != nil {
		return nil, fmt.Errorf("%s:%w", file, err)
	}
	line := 1 + strings.Count(string(ar.Comment), "\n") // of the next file's marker
	var requests []request
	for _, f := range ar.Files {
		var err error
		switch f.Name {
		case "ids":
		case "requests":
			if requests != nil {
				return nil, fmt.Errorf("%s:%d: there are requests already: one file has them all", file, line)
			}
			requests, err = parseRequests(string(f.Data), line+1)
		default:
			err = a.addPolicy(f.Name, string(f.Data), line)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %s: %w", file, line, f.Name, err)
		}
		line += 1 + strings.Count(string(f.Data), "\n")
	}
	if len(requests) == 0 {
		return nil, fmt.Errorf("%s: there are no requests: write a file \"-- requests --\"", file)
	}
	for i := range requests {
		c, err := a.newCase(&requests[i], accounts)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, requests[i].line, err)
		}
		c.ID = file + ":" + strconv.Itoa(c.Line)
		a.Cases = append(a.Cases, c)
	}
	return a, nil
}

// checkComment refuses lines before the first file that are neither empty nor
// comments. A marker that is not quite one ("-- scp/0/guard -- ") makes no file:
// the policy behind it would be overlooked.
func checkComment(text string) error {
	line := 0
	for s := range strings.Lines(text) {
		line++
		if s = strings.TrimSpace(s); s != "" && !strings.HasPrefix(s, "#") {
			return fmt.Errorf("%d: %q is neither a comment (#) nor the name of a file (-- NAME --)", line, s)
		}
	}
	return nil
}

var archiveKinds = map[string]struct {
	kind  policy.Kind
	layer engine.Layer
}{
	"identity": {policy.IdentityBased, engine.IdentityLayer},
	"boundary": {policy.PermissionsBoundary, engine.BoundaryLayer},
	"session":  {policy.Session, engine.SessionLayer},
	"resource": {policy.ResourceBased, engine.ResourceLayer},
	"trust":    {policy.Trust, engine.TrustLayer},
	"endpoint": {policy.Endpoint, engine.EndpointLayer},
	"scp":      {policy.ServiceControl, engine.SCPLayer},
	"rcp":      {policy.ResourceControl, engine.RCPLayer},
}

// addPolicy adds the policy of a file whose marker stands on a line.
func (a *Archive) addPolicy(name, body string, line int) error {
	layer, rest, _ := strings.Cut(name, "/")
	unreadable := layer == "unreadable"
	if unreadable {
		layer, rest, _ = strings.Cut(rest, "/")
	}
	k, ok := archiveKinds[layer]
	if !ok {
		return errors.New("there is no such layer: there are identity, boundary, session, resource, trust, scp, rcp and endpoint")
	}
	at := place{layer: k.layer}
	if layer == "scp" || layer == "rcp" {
		level, name, _ := strings.Cut(rest, "/")
		n, err := strconv.Atoi(level)
		if err != nil || n < 0 || n > maxLevel {
			return fmt.Errorf("the level %q is no number from 0 to %d", level, maxLevel)
		}
		at.level, rest = n, name
	}
	label := rest
	if label == "" {
		label = layer
	}
	if (layer == "resource" || layer == "trust") && (a.layers.Resource != nil || a.layers.Trust) {
		return errors.New("a resource has one policy, and there is one already")
	}
	if rest == "" && layer != "resource" && layer != "trust" {
		if strings.TrimSpace(body) != "" {
			return errors.New("the policy has no name: without one, and without text, the layer is there and allows nothing")
		}
		a.put(at, nil)
		return nil
	}
	if unreadable {
		a.put(at, engine.Unreadable(label, k.kind))
		return nil
	}
	if strings.TrimSpace(body) == "full" && layer == "rcp" {
		a.put(at, fullRCP)
		return nil
	}
	where := text{a.file, line}
	if path, ok := strings.CutPrefix(strings.TrimSpace(body), "file:"); ok {
		path = strings.TrimSpace(path)
		data, err := a.read(path)
		if err != nil {
			return err
		}
		body, where = string(data), text{path, 0}
	}
	doc, err := policy.Parse(k.kind, body)
	if err != nil {
		return documentFault(where, err)
	}
	p, err := engine.Compile(doc, engine.CompileOptions{Name: label, Principals: a.ids, Schema: catalog.Schema{}})
	if err != nil {
		return err
	}
	at.place = a.put(at, p)
	a.texts[at] = where
	return nil
}

// maxLevel is how deep levels may go: AWS nests OUs five deep between the root
// and the account.
const maxLevel = 15

func documentFault(where text, err error) error {
	var e *policy.Error
	if errors.As(err, &e) {
		return fmt.Errorf("%s:%d:%d: %s: %s", where.file, where.before+e.Pos.Line, e.Pos.Column, e.Code, e.Detail)
	}
	return err
}

// put puts a policy into its layer, nil into none: it only makes the layer. It
// returns the policy's place.
func (a *Archive) put(at place, p *engine.Policy) int {
	l := &a.layers
	switch at.layer {
	case engine.ResourceLayer:
		l.Resource = p
		return 0
	case engine.TrustLayer:
		l.Resource, l.Trust = p, true
		return 0
	case engine.SCPLayer, engine.RCPLayer:
		levels := &l.SCP
		if at.layer == engine.RCPLayer {
			levels = &l.RCP
		}
		for len(*levels) <= at.level {
			*levels = append(*levels, []*engine.Policy{})
		}
		return putInto(&(*levels)[at.level], p)
	}
	return putInto(map[engine.Layer]*[]*engine.Policy{
		engine.IdentityLayer: &l.Identity, engine.BoundaryLayer: &l.Boundary,
		engine.SessionLayer: &l.Session, engine.EndpointLayer: &l.Endpoint,
	}[at.layer], p)
}

func putInto(list *[]*engine.Policy, p *engine.Policy) int {
	if *list == nil {
		*list = []*engine.Policy{}
	}
	if p != nil {
		*list = append(*list, p)
	}
	return len(*list) - 1
}

// newCase makes a case of a request and the archive's policies.
func (a *Archive) newCase(r *request, accounts Accounts) (*Case, error) {
	c := &Case{Layers: a.layers, Line: r.line, texts: a.texts}
	c.Request.Action = r.one["action"]
	c.Request.Resource = strings.ReplaceAll(r.one["resource"], `\n`, "\n")
	if account := r.one["account"]; account != "" && !arn.IsAccount(account) {
		return nil, fmt.Errorf("the resource's account %q is not twelve digits", account)
	}
	c.Request.ResourceAccount = r.one["account"]
	c.Want, c.Message = r.one["want"], r.one["message"]
	for _, s := range r.context {
		if key, value, set := strings.Cut(s, "="); set {
			c.context.Set(key, strings.Split(value, "|")...)
		} else {
			c.context.Set(key)
		}
	}
	_, management := r.one["management"]
	c.Request.Principal.Management = management
	trust := c.Layers.Trust
	if err := c.ask(r.one["principal"], r.one["issuer"]); err != nil {
		return nil, err
	}
	c.Layers.Trust = c.Layers.Trust || trust
	p := &c.Request.Principal
	if role, ok := r.one["role"]; ok {
		setRole(p, role)
	}
	if _, linked := r.one["linked"]; linked {
		p.ServiceLinked = true
	}
	p.ID, p.IssuerID = r.one["id"], r.one["issuer-id"]
	c.Layers.RCP = slices.Clone(c.Layers.RCP)
	for i, level := range c.Layers.RCP {
		c.Layers.RCP[i] = withFullRCP(slices.Clip(level))
	}
	if err := accounts.complete(c); err != nil {
		return nil, err
	}
	c.setKeys()
	return c, nil
}

// request is a request as it is written.
type request struct {
	one     map[string]string
	context []string
	line    int
}

var requestKeys = map[string]bool{
	"principal": true, "role": true, "id": true, "issuer": true, "issuer-id": true, "linked": true, "management": true,
	"action": true, "resource": true, "account": true, "context": true, "want": true, "message": true,
}

// parseRequests reads blocks of lines. The first line has a number in the file.
func parseRequests(text string, line int) ([]request, error) {
	var all []request
	fresh := true
	for s := range strings.Lines(text) {
		s = strings.TrimSpace(s)
		line++
		if s == "" || strings.HasPrefix(s, "#") {
			fresh = fresh || s == ""
			continue
		}
		if fresh {
			all = append(all, request{one: map[string]string{}, line: line - 1})
			fresh = false
		}
		r := &all[len(all)-1]
		key, value, ok := strings.Cut(s, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case !ok || !requestKeys[key]:
			return nil, fmt.Errorf("line %d: %q is no line of a request: it begins with principal:, action:, resource:, account:, context:, want:, …", line-1, s)
		case key == "context":
			r.context = append(r.context, value)
			continue
		}
		if _, twice := r.one[key]; twice {
			return nil, fmt.Errorf("line %d: %s stands twice in one request", line-1, key)
		}
		r.one[key] = value
	}
	for _, r := range all {
		if r.one["principal"] == "" || r.one["action"] == "" {
			return nil, fmt.Errorf("line %d: the request lacks a principal or an action", r.line)
		}
	}
	return all, nil
}

func pairs(text string) map[string]string {
	m := make(map[string]string)
	for line := range strings.Lines(text) {
		if k, v, _ := strings.Cut(strings.TrimSpace(line), " "); k != "" {
			m[k] = strings.TrimSpace(v)
		}
	}
	return m
}
