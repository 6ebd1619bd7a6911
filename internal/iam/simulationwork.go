package iam

// pageWork bounds what one page may cost when its policies were written to
// cost much: about a second, and some 50 MB of answer.
const pageWork = 1 << 30

// What a pair of an action and a resource costs at the most, in nanoseconds or
// so. To hold patterns against a text takes about a 64th of the product of
// their lengths (see docs/PERFORMANCE.md), and a summary does it three times.
// Every statement may be one that decides, and every missing key is told of
// every resource.
const (
	textStep      = 64
	summarySteps  = 3
	statementWork = 16 << 10
	keyWork       = 64 // a byte of the answer
)

// work is what one action on all resources costs at the most.
func (e *evaluator) work() int {
	size, statements := 1, 0
	for source := range e.hyp.Sources {
		size += len(source.Document.Text)
		statements += len(source.Document.Statements)
	}
	given, missing := 0, 0
	for _, values := range e.hyp.Keys {
		for _, v := range values {
			given += len(v)
		}
	}
	for _, key := range e.sim.Missing() {
		missing += len(key) + len("<member></member>")
	}
	total := 0
	for _, resource := range e.resources {
		text := max(textStep, len(resource), given)
		total += summarySteps*size*text/textStep + statementWork*statements + keyWork*missing
	}
	return total
}
