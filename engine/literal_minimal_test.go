package engine_test

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/writ-iam/writ/engine"
)

// minimal takes from a case what it can while the evaluators disagree on it, and
// returns what is left: a decision test, when the disagreement is settled.
func (c *literalCase) minimal() *literalCase {
	for again := true; again; {
		again = false
		for _, less := range c.less() {
			if less.disagreement() != "" {
				c, again = less, true
				break
			}
		}
	}
	return c
}

// less returns the cases that have one thing less than c.
func (c *literalCase) less() (all []*literalCase) {
	add := func(change func(c *literalCase)) {
		less := *c
		change(&less)
		all = append(all, &less)
	}
	if c.layers.ids != nil {
		add(func(c *literalCase) { c.layers.ids = nil })
	}
	if c.request.ResourceAccount != "" {
		add(func(c *literalCase) { c.request.ResourceAccount = "" })
	}
	for key := range c.request.Context.All() {
		add(func(c *literalCase) { c.request.Context = without(c.request.Context, key) })
	}
	if c.layers.resource != nil {
		add(func(c *literalCase) { c.layers.resource = nil })
		for _, p := range c.layers.resource.less() {
			add(func(c *literalCase) { c.layers.resource = &p })
		}
	}
	for _, list := range []func(*literalLayers) *[]literalPolicy{
		func(l *literalLayers) *[]literalPolicy { return &l.identity },
		func(l *literalLayers) *[]literalPolicy { return &l.boundary },
		func(l *literalLayers) *[]literalPolicy { return &l.session },
		func(l *literalLayers) *[]literalPolicy { return &l.endpoint },
	} {
		for _, less := range lessPolicies(*list(&c.layers)) {
			add(func(c *literalCase) { *list(&c.layers) = less })
		}
	}
	for _, levels := range []func(*literalLayers) *[][]literalPolicy{
		func(l *literalLayers) *[][]literalPolicy { return &l.scp },
		func(l *literalLayers) *[][]literalPolicy { return &l.rcp },
	} {
		all := *levels(&c.layers)
		if all != nil {
			add(func(c *literalCase) { *levels(&c.layers) = nil })
		}
		for i := range all {
			add(func(c *literalCase) { *levels(&c.layers) = slices.Delete(slices.Clone(all), i, i+1) })
			for _, less := range lessPolicies(all[i]) {
				add(func(c *literalCase) {
					changed := slices.Clone(all)
					changed[i] = less
					*levels(&c.layers) = changed
				})
			}
		}
	}
	return all
}

func without(c *engine.Context, key string) *engine.Context {
	less := new(engine.Context)
	for k, values := range c.All() {
		if k != key {
			less.Set(k, values...)
		}
	}
	return less
}

func lessPolicies(list []literalPolicy) (all [][]literalPolicy) {
	if list != nil {
		all = append(all, nil)
	}
	for i := range list {
		all = append(all, slices.Delete(slices.Clone(list), i, i+1))
		for _, p := range list[i].less() {
			changed := slices.Clone(list)
			changed[i] = p
			all = append(all, changed)
		}
	}
	return all
}

func (p literalPolicy) less() (all []literalPolicy) {
	var doc any
	if p.unreadable || json.Unmarshal([]byte(p.text), &doc) != nil {
		return nil
	}
	for _, less := range lessJSON(doc) {
		text, _ := json.Marshal(less)
		all = append(all, literalPolicy{name: p.name, text: string(text)})
	}
	return all
}

// lessJSON returns the values that have one element less than v.
func lessJSON(v any) (all []any) {
	switch v := v.(type) {
	case []any:
		for i := range v {
			all = append(all, v[i], slices.Delete(slices.Clone(v), i, i+1))
		}
		for i := range v {
			for _, less := range lessJSON(v[i]) {
				changed := slices.Clone(v)
				changed[i] = less
				all = append(all, changed)
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			changed := maps.Clone(v)
			delete(changed, key)
			all = append(all, changed)
			for _, less := range lessJSON(v[key]) {
				changed := maps.Clone(v)
				changed[key] = less
				all = append(all, changed)
			}
		}
	}
	return all
}
