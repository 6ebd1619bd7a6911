package iam

import (
	"strings"
	"unicode/utf8"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/policy"
)

// textPosition is a place in a document as the simulator counts: lines and
// columns from 1, columns in characters.
type textPosition struct{ line, column int32 }

func (p textPosition) shape() *iamapi.Position {
	return &iamapi.Position{Line: &p.line, Column: &p.column}
}

// statementSpan is where a statement begins and ends. Its end is behind its
// last brace. As its beginning AWS counts the end of what stands before it:
// the bracket of the list or the statement before; of a statement that is no
// element of a list, its own opening brace. So AWS answered in 2025 and 2026,
// and so do the examples of its command line.
type statementSpan struct{ start, end textPosition }

func statementSpans(doc *policy.Document) []statementSpan {
	spans := make([]statementSpan, len(doc.Statements))
	if len(spans) == 0 {
		return spans
	}
	begin := int(doc.StatementAt) + strings.IndexAny(doc.Text[doc.StatementAt:], "[{")
	at := walker{text: doc.Text, position: textPosition{1, 1}}
	before := at.to(begin + 1)
	for i := range spans {
		spans[i].start = before
		before = at.to(doc.Statements[i].End.Offset)
		spans[i].end = before
	}
	return spans
}

// walker goes forward through a text and knows where it is.
type walker struct {
	text     string
	offset   int
	position textPosition
}

func (w *walker) to(offset int) textPosition {
	passed := w.text[w.offset:offset]
	if i := strings.LastIndexByte(passed, '\n'); i >= 0 {
		w.position.line += int32(strings.Count(passed, "\n"))
		w.position.column = 1
		passed = passed[i+1:]
	}
	w.position.column += int32(utf8.RuneCountInString(passed))
	w.offset = offset
	return w.position
}
