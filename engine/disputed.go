package engine

// AWS's documents and what has been observed disagree, or are silent, in the
// places below. Each constant chooses one reading; the tests run both.
const (
	// A "*" at the end of an ARN segment in Resource stays within its segment
	// ("ARN segments" on the page "IAM JSON policy elements: Resource" until
	// 2024), or may take in the colons that follow (the page since then). The
	// wide reading makes patterns overlap that nobody meant to overlap.
	starCrossesColons = false

	// A multivalued key, or several values, and an operator without ForAllValues
	// or ForAnyValue: nothing matches, negated operators included (observed), or
	// any of the values may match. The User Guide says that a set operator is
	// required, and yet has Denies without one that work: on aws:TagKeys in the
	// ABAC tutorial, on datapipeline:PipelineCreator in an example. So with the
	// first reading a Deny matches as soon as a value does, and what never
	// matches in it is a negated operator on several values of a multivalued key.
	setOperatorRequired = true

	// Policy variables in the values of Bool: the page on operators allows them,
	// the page on variables does not list them.
	variablesInBool = true

	// A pattern of fewer than six parts that ends in a star, "*" above all, as the
	// value of an ARN operator: it matches nothing, because "each of the six
	// colon-delimited components" is checked separately, or what it lacks may be
	// anything, as in Resource. The User Guide has no example. Policies in use have
	// ArnEquals and ArnLike with "*", and scanners take that for every ARN. So with
	// the first reading a Deny matches where it would in either: ArnLike with "*"
	// then denies, and so does ArnNotLike; neither of them allows.
	shortARNsFilledUp = false
)

// readings are the choices that a policy is compiled with.
type readings struct {
	starCrossesColons   bool
	setOperatorRequired bool
	variablesInBool     bool
	shortARNsFilledUp   bool
}

// chosen are the readings of Compile.
func chosen() readings {
	return readings{starCrossesColons, setOperatorRequired, variablesInBool, shortARNsFilledUp}
}
