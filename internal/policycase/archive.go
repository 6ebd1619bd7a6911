package policycase

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/writ-iam/writ/arn"
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
//	role, id, issuer, issuer-id    of the principal
//	linked, management         of the principal: yes
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
	stands := make(map[string]int)
	var requests []request
	for _, f := range ar.Files {
		if before, twice := stands[f.Name]; twice {
			return nil, fmt.Errorf("%s:%d: %s stands in line %d already", file, line, f.Name, before)
		}
		stands[f.Name] = line
		var err error
		switch f.Name {
		case "ids":
		case "requests":
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

// addPolicy adds the policy of a file whose marker stands on a line.
func (a *Archive) addPolicy(name, body string, line int) error {
	layer, rest, _ := strings.Cut(name, "/")
	unreadable := layer == "unreadable"
	if unreadable {
		layer, rest, _ = strings.Cut(rest, "/")
	}
	in := inArchives(layer)
	if in == nil {
		return errors.New("there is no such layer: there are " + layerNames(func(l *caseLayer) string { return l.archive }))
	}
	level := 0
	if in.levels != nil {
		number, name, _ := strings.Cut(rest, "/")
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n > maxLevel {
			return fmt.Errorf("the level %q is no number from 0 to %d", number, maxLevel)
		}
		level, rest = n, name
	}
	alone := in.list == nil && in.levels == nil
	if alone && (a.layers.Resource != nil || a.layers.Trust) {
		return errors.New("a resource has one policy, and there is one already")
	}
	label := rest
	if label == "" {
		label = layer
	}
	switch full := in.layer == engine.RCPLayer && strings.TrimSpace(body) == "full"; {
	case rest == "" && !alone:
		if strings.TrimSpace(body) != "" {
			return errors.New("the policy has no name: without one, and without text, the layer is there and allows nothing")
		}
		a.put(in, level, nil)
	case unreadable:
		a.put(in, level, engine.Unreadable(label, in.kind))
	case full:
		a.put(in, level, fullRCP)
	default:
		where, body, err := a.text(body, line)
		if err != nil {
			return err
		}
		p, err := compilePolicy(in.kind, label, body, a.ids)
		if err != nil {
			return policy.Locate(where.file, where.before, err)
		}
		a.texts[place{in.layer, level, a.put(in, level, p)}] = where
	}
	return nil
}

// text is the text of a policy and where it stands: below its marker, or in the
// file that is named there.
func (a *Archive) text(body string, line int) (where text, document string, err error) {
	path, elsewhere := strings.CutPrefix(strings.TrimSpace(body), "file:")
	if !elsewhere {
		return text{a.file, line}, body, nil
	}
	path = strings.TrimSpace(path)
	data, err := a.read(path)
	return text{path, 0}, string(data), err
}

// maxLevel is how deep levels may go: AWS nests OUs five deep between the root
// and the account.
const maxLevel = 15

// put puts a policy into its layer, nil into none: it only makes the layer. It
// returns the policy's place.
func (a *Archive) put(in *caseLayer, level int, p *engine.Policy) int {
	l := &a.layers
	switch {
	case in.list != nil:
		return putInto(in.list(l), p)
	case in.levels != nil:
		levels := in.levels(l)
		for len(*levels) <= level {
			*levels = append(*levels, []*engine.Policy{})
		}
		return putInto(&(*levels)[level], p)
	}
	l.Resource, l.Trust = p, in.layer == engine.TrustLayer
	return 0
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
	c.Request.Principal.Management = r.one["management"] != ""
	trust := c.Layers.Trust
	if err := c.ask(r.one["principal"], r.one["issuer"]); err != nil {
		return nil, err
	}
	c.Layers.Trust = c.Layers.Trust || trust
	p := &c.Request.Principal
	if role, ok := r.one["role"]; ok {
		setRole(p, role)
	}
	p.ServiceLinked = p.ServiceLinked || r.one["linked"] != ""
	p.ID, p.IssuerID = r.one["id"], r.one["issuer-id"]
	if err := c.finish(accounts); err != nil {
		return nil, err
	}
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
		if (key == "linked" || key == "management") && value != "yes" {
			return nil, fmt.Errorf("line %d: %s is yes, or is not said", line-1, key)
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
