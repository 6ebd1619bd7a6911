package policycase

import (
	"errors"
	"fmt"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// Question is one request, in parts, and the names of the files that its policies
// stand in. A layer without files takes no part, unless Accounts tell of it; a
// level of SCP or RCP without files allows nothing.
type Question struct {
	Principal, Issuer                 string
	Management                        bool // the principal's account is the management account
	Action, Resource, ResourceAccount string
	Context                           []KeyValue // a key that stands again has one more value

	Identity, Boundary, Session, Endpoint []string
	ResourcePolicy                        string     // of a role, its trust policy; "" for none
	SCP, RCP                              [][]string // the files of each level

	Read     func(path string) ([]byte, error) // reads the file of that name
	Accounts Accounts                          // give the principal's policies where no files do
}

// KeyValue is a value of a condition key.
type KeyValue struct{ Key, Value string }

// Case reads the files and makes a case of the question. The error tells of all
// files that cannot be used.
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
	c.Request.Principal.Management = q.Management
	if err := c.ask(q.Principal, q.Issuer); err != nil {
		return nil, err
	}
	if err := q.layers(c); err != nil {
		return nil, err
	}
	if err := c.finish(q.Accounts); err != nil {
		return nil, err
	}
	return c, nil
}

func (q *Question) layers(c *Case) error {
	l := &c.Layers
	lists := map[engine.Layer][]string{
		engine.IdentityLayer: q.Identity, engine.BoundaryLayer: q.Boundary,
		engine.SessionLayer: q.Session, engine.EndpointLayer: q.Endpoint,
	}
	levels := map[engine.Layer][][]string{engine.SCPLayer: q.SCP, engine.RCPLayer: q.RCP}
	var errs []error
	for i := range layers {
		switch at := &layers[i]; {
		case at.list != nil:
			errs = append(errs, q.read(c, at, 0, lists[at.layer], at.list(l)))
		case at.levels != nil:
			to := at.levels(l)
			for level, files := range levels[at.layer] {
				*to = append(*to, nil)
				errs = append(errs, q.read(c, at, level, files, &(*to)[level]))
			}
		}
	}
	if q.ResourcePolicy != "" {
		var one []*engine.Policy
		errs = append(errs, q.read(c, ofResource(l.Trust), 0, []string{q.ResourcePolicy}, &one))
		l.Resource = one[0]
	}
	return errors.Join(errs...)
}

// read adds the policies of files to a layer, or to one level of it.
func (q *Question) read(c *Case, at *caseLayer, level int, files []string, to *[]*engine.Policy) (err error) {
	for i, file := range files {
		c.texts[place{at.layer, level, i}] = text{file, 0}
		p, perr := q.compile(at.kind, file)
		*to, err = append(*to, p), errors.Join(err, perr)
	}
	return err
}

func (q *Question) compile(kind policy.Kind, file string) (*engine.Policy, error) {
	data, err := q.Read(file)
	if err != nil {
		return nil, err
	}
	p, err := compilePolicy(kind, file, string(data), nil)
	return p, policy.Locate(file, 0, err)
}
