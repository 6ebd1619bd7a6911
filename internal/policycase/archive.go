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
//	resource                         of the resource; for sts:AssumeRole and its kin, the role's trust policy
//	trust                            a role's trust policy
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
//	context    key=value or key=value|value or key= (empty) or key (no values); repeated.
//	           In it and in resource \n is a line's end, \| a bar and \\ a backslash
//	want       "Effect layer policy#index", as much of it as there is
//	message    the text given to the caller
type Archive struct {
	Cases []*Case

	file     string
	read     func(path string) ([]byte, error)
	layers   engine.Layers
	resource *resourcePolicy
	ids      map[string]string
	texts    map[place]text
}

// resourcePolicy is the policy of the resource. What it is told by its file's name
// or by the request: a role's, when the role is to be assumed.
type resourcePolicy struct {
	name, label string
	trust       bool
	unreadable  bool
	document    string
	where       text
	compiled    map[policy.Kind]*engine.Policy
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
	if alone && a.resource != nil {
		return errors.New("a resource has one policy, and there is one already")
	}
	label := rest
	if label == "" {
		label = layer
	}
	switch full := in.layer == engine.RCPLayer && strings.TrimSpace(body) == "full"; {
	case rest == "" && !alone && strings.TrimSpace(body) != "":
		return errors.New("the policy has no name: without one, and without text, the layer is there and allows nothing")
	case rest == "" && !alone:
		a.put(in, level, nil)
	case full:
		a.put(in, level, fullRCP)
	case unreadable && !alone:
		a.put(in, level, engine.Unreadable(label, in.kind))
	default:
		where, body, err := a.text(body, line)
		if err != nil {
			return err
		}
		if alone {
			a.resource = &resourcePolicy{
				name: name, label: label, trust: in.layer == engine.TrustLayer, unreadable: unreadable,
				document: body, where: where, compiled: map[policy.Kind]*engine.Policy{},
			}
			return nil
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

// put puts a policy into its layer, which is not the resource's. Nil only makes
// the layer. It returns the policy's place.
func (a *Archive) put(in *caseLayer, level int, p *engine.Policy) int {
	if in.list != nil {
		return putInto(in.list(&a.layers), p)
	}
	levels := in.levels(&a.layers)
	for len(*levels) <= level {
		*levels = append(*levels, []*engine.Policy{})
	}
	return putInto(&(*levels)[level], p)
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
	for _, key := range []string{"resource", "account", "issuer", "role"} {
		if value, given := r.one[key]; given && value == "" {
			return nil, fmt.Errorf("%s is empty: leave it out, or say what it is", key)
		}
	}
	resource, err := splitEscaped(r.one["resource"], false)
	if err != nil {
		return nil, err
	}
	c.Request.Action, c.Request.Resource = r.one["action"], resource[0]
	if account := r.one["account"]; account != "" && !arn.IsAccount(account) {
		return nil, fmt.Errorf("the resource's account %q is not twelve digits", account)
	}
	c.Request.ResourceAccount = r.one["account"]
	c.Want, c.Message = r.one["want"], r.one["message"]
	for _, s := range r.context {
		key, value, set := strings.Cut(s, "=")
		if !set {
			c.context.Set(key)
			continue
		}
		values, err := splitEscaped(value, true)
		if err != nil {
			return nil, err
		}
		c.context.Set(key, values...)
	}
	c.Request.Principal.Management = r.one["management"] != ""
	if err := c.ask(r.one["principal"], r.one["issuer"]); err != nil {
		return nil, err
	}
	if err := a.addResource(c); err != nil {
		return nil, err
	}
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

// addResource adds the resource's policy to a case that says what is asked.
func (a *Archive) addResource(c *Case) error {
	r := a.resource
	if r == nil {
		return nil
	}
	c.Layers.Trust = c.Layers.Trust || r.trust
	in := ofResource(c.Layers.Trust)
	if r.compiled[in.kind] == nil {
		p, err := engine.Unreadable(r.label, in.kind), error(nil)
		if !r.unreadable {
			p, err = compilePolicy(in.kind, r.label, r.document, a.ids)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, policy.Locate(r.where.file, r.where.before, err))
		}
		r.compiled[in.kind], a.texts[place{layer: in.layer}] = p, r.where
	}
	c.Layers.Resource = r.compiled[in.kind]
	return nil
}

// splitEscaped puts in what escapes stand for, and cuts s at bars, if it may have
// several values.
func splitEscaped(s string, several bool) ([]string, error) {
	values, last := []string{}, []byte{}
	for i := 0; i < len(s); i++ {
		switch {
		case several && s[i] == '|':
			values, last = append(values, string(last)), last[:0]
		case s[i] != '\\':
			last = append(last, s[i])
		default:
			i++
			switch {
			case i < len(s) && s[i] == 'n':
				last = append(last, '\n')
			case i < len(s) && (s[i] == '|' || s[i] == '\\'):
				last = append(last, s[i])
			default:
				return nil, fmt.Errorf(`in %q a backslash stands before something else than n, | and \: write \\ for one`, s)
			}
		}
	}
	return append(values, string(last)), nil
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
