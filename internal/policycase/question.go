package policycase

import (
	"errors"
	"fmt"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// Question is one request whose policies stand in files. A list of files that is
// nil is a layer that takes no part.
type Question struct {
	Principal, Issuer                 string
	Action, Resource, ResourceAccount string
	Context                           []KeyValue // a key that is repeated has several values

	Identity, Boundary, Session, Endpoint []string
	ResourcePolicy                        string
	SCP, RCP                              [][]string // the files of each level

	Read     func(path string) ([]byte, error)
	Accounts Accounts
}

// KeyValue is a value of a condition key.
type KeyValue struct{ Key, Value string }

// Case reads the files and makes a case of the question.
func (q *Question) Case() (*Case, error) {
	c := &Case{texts: make(map[place]text)}
	for _, kv := range q.Context {
		values, _ := c.context.Get(kv.Key)
		c.context.Set(kv.Key, append(values, kv.Value)...)
	}
	if q.ResourceAccount != "" && !arn.IsAccount(q.ResourceAccount) {
		return nil, fmt.Errorf("the resource's account %q is not twelve digits", q.ResourceAccount)
	}
	c.Request.Action, c.Request.Resource, c.Request.ResourceAccount = q.Action, q.Resource, q.ResourceAccount
	if err := c.ask(q.Principal, q.Issuer); err != nil {
		return nil, err
	}
	if err := q.layers(c); err != nil {
		return nil, err
	}
	if err := q.Accounts.complete(c); err != nil {
		return nil, err
	}
	c.setKeys()
	return c, nil
}

func (q *Question) layers(c *Case) error {
	l := &c.Layers
	errs := []error{
		q.layer(c, place{layer: engine.IdentityLayer}, policy.IdentityBased, q.Identity, &l.Identity),
		q.layer(c, place{layer: engine.BoundaryLayer}, policy.PermissionsBoundary, q.Boundary, &l.Boundary),
		q.layer(c, place{layer: engine.SessionLayer}, policy.Session, q.Session, &l.Session),
		q.layer(c, place{layer: engine.EndpointLayer}, policy.Endpoint, q.Endpoint, &l.Endpoint),
		q.levels(c, engine.SCPLayer, policy.ServiceControl, q.SCP, &l.SCP),
		q.levels(c, engine.RCPLayer, policy.ResourceControl, q.RCP, &l.RCP),
	}
	for i := range l.RCP {
		l.RCP[i] = withFullRCP(l.RCP[i])
	}
	if q.ResourcePolicy != "" {
		at, kind := place{layer: engine.ResourceLayer}, policy.ResourceBased
		if l.Trust {
			at.layer, kind = engine.TrustLayer, policy.Trust
		}
		var one []*engine.Policy
		errs = append(errs, q.layer(c, at, kind, []string{q.ResourcePolicy}, &one))
		l.Resource = one[0]
	}
	return errors.Join(errs...)
}

func (q *Question) levels(c *Case, layer engine.Layer, kind policy.Kind, files [][]string, to *[][]*engine.Policy) (err error) {
	for i, level := range files {
		var list []*engine.Policy
		err = errors.Join(err, q.layer(c, place{layer: layer, level: i}, kind, level, &list))
		*to = append(*to, list)
	}
	return err
}

func (q *Question) layer(c *Case, at place, kind policy.Kind, files []string, to *[]*engine.Policy) (err error) {
	for i, file := range files {
		at.place = i
		c.texts[at] = text{file, 0}
		p, perr := q.compile(kind, file)
		*to, err = append(*to, p), errors.Join(err, perr)
	}
	return err
}

func (q *Question) compile(kind policy.Kind, file string) (*engine.Policy, error) {
	data, err := q.Read(file)
	if err != nil {
		return nil, err
	}
	doc, err := policy.Parse(kind, string(data))
	if err != nil {
		return nil, documentFault(text{file, 0}, err)
	}
	return engine.Compile(doc, engine.CompileOptions{Name: file, Schema: catalog.Schema{}})
}
