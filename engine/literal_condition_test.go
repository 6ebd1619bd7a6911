package engine_test

import "strings"

// conditionsHold reports whether all conditions of a statement are met.
//
// Rule 32 [UG: reference_policies_multi-value-conditions]: operators and keys are
// joined by AND.
func (e *literalEvaluation) conditionsHold(doc *literalDocument, st *literalStatement) bool {
	for name, keys := range st.Condition {
		for key, values := range keys {
			c := literalCondition{evaluation: e, doc: doc, deny: st.denies(), key: literalKey(key)}
			for _, v := range values {
				c.wanted = append(c.wanted, string(v))
			}
			if !c.named(name).holds() {
				return false
			}
		}
	}
	return true
}

// literalCondition is one key of one operator.
type literalCondition struct {
	evaluation *literalEvaluation
	doc        *literalDocument
	deny       bool // it stands in a Deny

	quantifier string // ForAllValues, ForAnyValue or ""
	comparison string // the operator without quantifier, Not and IfExists
	negated    bool
	ifExists   bool

	key    string
	wanted []string
}

// named takes the name of an operator apart.
func (c literalCondition) named(operator string) literalCondition {
	if quantifier, rest, found := strings.Cut(operator, ":"); found {
		c.quantifier, operator = quantifier, rest
	}
	operator, c.ifExists = strings.CutSuffix(operator, "IfExists")
	c.comparison = strings.Replace(operator, "Not", "", 1)
	c.negated = c.comparison != operator
	return c
}

// holds reports whether the condition is met.
//
// Rule 33 [UG: condition operators; multivalued keys]: without the key, positive
// operators are not met, negated ones and IfExists are, ForAllValues is and
// ForAnyValue is not. Empty strings are no values to a quantifier. Rule 34: a
// quantifier leaves nothing for IfExists to do.
func (c literalCondition) holds() bool {
	got := c.evaluation.context[c.key]
	switch {
	case c.comparison == "Null":
		return c.nullHolds(isNullSet(got))
	case c.quantifier == "ForAllValues":
		return isNullSet(got) || c.countMet(got) == len(got)
	case c.quantifier == "ForAnyValue":
		return !isNullSet(got) && c.countMet(got) > 0
	case len(got) == 0:
		return c.negated || c.ifExists
	case c.evaluation.layers.schema.Multivalued(c.key):
		// Rule 35 [disputed]: a key that can have several values needs a
		// quantifier. In a Deny, AWS's examples do without [UG: ABAC tutorial].
		return c.deny && (len(got) == 1 || !c.negated) && c.countMet(got) > 0
	case len(got) > 1:
		// Rule 36 [UG: tags that differ in case]: a key that should have one value
		// has several. No Allow is met, and a Deny is by any of them.
		return c.deny && c.countMet(got) > 0
	}
	return c.countMet(got) == 1
}

// nullHolds is holds for Null, which asks for "true" that there is no value and
// for "false" that there is one.
//
// Rule 39 [UG: Null]: an empty string is none.
func (c literalCondition) nullHolds(isNull bool) bool {
	for _, v := range c.wanted {
		switch strings.ToLower(v) {
		case "true":
			if isNull {
				return true
			}
		case "false":
			if !isNull {
				return true
			}
		}
	}
	return false
}

// isNullSet reports whether there is no value, or none but empty strings.
func isNullSet(values []string) bool { return strings.Join(values, "") == "" }

func (c literalCondition) countMet(got []string) (n int) {
	for _, v := range got {
		if c.metBy(v) {
			n++
		}
	}
	return n
}

// metBy reports whether one value of the request meets the condition.
//
// Rule 32 [UG: reference_policies_multi-value-conditions]: the values of an
// operator are joined by OR, those of a negated one by NOR. What cannot be read
// fits nothing; that it does not fit helps no Allow, but does not keep a negated
// operator from denying.
func (c literalCondition) metBy(got string) bool {
	if strings.HasPrefix(c.comparison, "Arn") && !isARN(got) {
		return false // rule 38 [PM]: neither ArnLike nor ArnNotLike
	}
	compare := literalComparisons[c.comparison]
	fits, readable, disputed := false, compare.reads(got), false
	for _, want := range c.wanted {
		f, r := compare.fits(c, want, got)
		fits, readable = fits || f, readable && r
		disputed = disputed || strings.HasPrefix(c.comparison, "Arn") && shortARNLike(c, want, got)
	}
	switch {
	case fits:
		return !c.negated
	case disputed:
		return c.deny // rule 38: it may fit or not, and a Deny is met in one of the cases
	case readable:
		return c.negated
	}
	return c.negated && c.deny
}
