package policycase

import (
	"encoding/binary"
	"hash/maphash"
	"slices"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// compiler keeps the policies that it has compiled more than once: in most files
// the same ones stand in many cases, in others no two are alike.
type compiler struct {
	seed  maphash.Seed
	once  map[uint64]struct{}       // hashes of those seen
	kept  map[string]*engine.Policy // by kind, name and text
	bytes int                       // of the keys of kept
	most  int                       // how many bytes those may be
	key   []byte
}

const (
	// maxKept bounds the bytes of the texts that all readers of a batch keep
	// together. A policy takes about ten times as much.
	maxKept = 16 << 20
	// maxOnce bounds the hashes.
	maxOnce = 1 << 16
)

// compile parses and compiles the text of a policy.
func (c *compiler) compile(kind policy.Kind, name string, text []byte) (*engine.Policy, error) {
	c.key = binary.AppendUvarint(append(c.key[:0], byte(kind)), uint64(len(name)))
	c.key = append(append(c.key, name...), text...)
	if p, ok := c.kept[string(c.key)]; ok {
		return p, nil
	}
	p, err := compileNamed(kind, name, string(text))
	if err == nil && c.again() {
		c.keep(p)
	}
	return p, err
}

// again reports whether the key was seen before.
func (c *compiler) again() bool {
	if c.once == nil || len(c.once) >= maxOnce {
		c.seed, c.once = maphash.MakeSeed(), make(map[uint64]struct{})
	}
	h := maphash.Bytes(c.seed, c.key)
	_, seen := c.once[h]
	c.once[h] = struct{}{}
	return seen
}

func (c *compiler) keep(p *engine.Policy) {
	if c.kept == nil || c.bytes > max(c.most, maxKept/64) {
		c.kept, c.bytes = make(map[string]*engine.Policy), 0
	}
	c.kept[string(c.key)] = p
	c.bytes += len(c.key)
}

// compilePolicy compiles the text of a policy. ids, if any, are the unique ids of
// the principals that it names.
func compilePolicy(kind policy.Kind, name, document string, ids map[string]string) (*engine.Policy, error) {
	doc, err := policy.Parse(kind, document)
	if err != nil {
		return nil, err
	}
	return engine.Compile(doc, engine.CompileOptions{Name: name, Principals: ids, Schema: catalog.Schema{}})
}

// compileNamed is compilePolicy for a policy that stands in no file.
func compileNamed(kind policy.Kind, name, document string) (*engine.Policy, error) {
	p, err := compilePolicy(kind, name, document, nil)
	if err != nil {
		err = policy.Locate("policy "+name, 0, err)
	}
	return p, err
}

// fullRCP is RCPFullAWSAccess, which AWS attaches wherever RCPs are and nobody
// can detach.
//
// Source: "Resource control policies" in the AWS Organizations User Guide.
var fullRCP = func() *engine.Policy {
	p, err := compileNamed(policy.ResourceControl, "RCPFullAWSAccess",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`)
	if err != nil {
		panic(err) // the text is ours
	}
	return p
}()

// withFullRCP adds RCPFullAWSAccess to each level of RCPs that has policies. One
// that has none stays as it is: present, and allowing nothing.
func withFullRCP(levels [][]*engine.Policy) [][]*engine.Policy {
	levels = slices.Clone(levels) // an empty list stays one
	for i, level := range levels {
		if len(level) > 0 {
			levels[i] = append(slices.Clip(level), fullRCP)
		}
	}
	return levels
}
