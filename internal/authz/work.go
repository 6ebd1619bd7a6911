package authz

import (
	"strings"
	"sync"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/state"
)

// work is the memory of one decision, reused so that deciding costs no
// allocation.
type work struct {
	req    engine.Request
	ctx    engine.Context
	layers engine.Layers

	identity, boundary, session []*engine.Policy
	sources, bounds             []source // of the policies in identity and boundary
}

// source is where a policy comes from.
type source struct {
	holder   state.Entity // of an inline policy; nil for a managed one
	name     string       // of an inline policy; ARN of a managed one
	document *state.Document
}

func newWork() *work {
	w := &work{}
	w.req.Context = &w.ctx
	return w
}

type pool struct{ p sync.Pool }

func (p *pool) get() *work {
	if w, ok := p.p.Get().(*work); ok {
		return w
	}
	return newWork()
}

// put keeps w for the next decision, without the policies and values of this
// one: a pooled object must not keep a deleted account alive.
func (p *pool) put(w *work) {
	clear(w.identity[:cap(w.identity)])
	clear(w.boundary[:cap(w.boundary)])
	clear(w.session[:cap(w.session)])
	clear(w.sources[:cap(w.sources)])
	clear(w.bounds[:cap(w.bounds)])
	w.layers = engine.Layers{}
	w.ctx.Reset()
	w.req = engine.Request{Context: &w.ctx}
	p.p.Put(w)
}

func (w *work) prepare(snap *state.Snapshot, req *Request, check *Check) {
	owner := check.Account
	if owner == "" {
		owner = req.Caller.Account
	}
	w.req.Principal = req.Caller.principal(snap)
	w.req.Action = check.Action
	w.req.Resource = check.Resource
	w.req.ResourceAccount = owner
	w.setContext(snap, req, check, owner)
	w.setLayers(snap, req.Caller, check, owner)
}

// service is the prefix of an action: "iam" of "iam:CreateRole".
func service(action string) string {
	prefix, _, _ := strings.Cut(action, ":")
	return prefix
}
